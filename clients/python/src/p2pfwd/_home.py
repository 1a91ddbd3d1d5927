"""Where the control socket of a home is."""

from __future__ import annotations

import os
from typing import Mapping, Optional, Union

Path = Union[str, "os.PathLike[str]"]

# Bytes of `sun_path` without its closing zero.
LONGEST_PATH = 107


def control_socket(
    home: Optional[Path] = None, variables: Optional[Mapping[str, str]] = None
) -> str:
    """The path of the socket: in `home` (what `--home` names), else in the user's state folder.

    `variables` stands in for the environment.
    """
    if home is not None:
        return os.path.join(os.fspath(home), "control")
    environment = os.environ if variables is None else variables
    state = environment.get("XDG_STATE_HOME", "")
    # XDG: a relative path is invalid and counts as not set.
    if os.path.isabs(state):
        return os.path.join(state, "p2pfwd", "control")
    user_home = environment.get("HOME", "")
    if not os.path.isabs(user_home):
        raise ValueError("neither XDG_STATE_HOME nor HOME names a folder: give a home")
    return os.path.join(user_home, ".local", "state", "p2pfwd", "control")
