"""What can go wrong, each a kind of `Error`."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional, Type


class Error(Exception):
    """The base of all errors of this package."""


class NodeNotRunning(Error):
    """No node of this home is running, or its socket is not ours to use."""


class NodeGone(Error):
    """The node ended, or closed the connection, before it answered."""


class ProtocolError(Error):
    """The other end says what a node would not say."""


class CallTimedOut(Error, TimeoutError):
    """No answer came in time. The call may still be carried out."""


class NodeError(Error):
    """The node answered with an error."""

    def __init__(
        self, code: int, message: str, what: str = "", why: str = "", hint: Optional[str] = None
    ) -> None:
        super().__init__(message)
        self.code = code
        """One of JSON-RPC's codes, or the exit code that the same command would have."""
        self.what = what
        self.why = why
        self.hint = hint
        """What to try, where the node knows something."""

    @property
    def exit_code(self) -> Optional[int]:
        """What the same command of p2pfwd would end with; None for errors of the interface."""
        return self.code if 1 <= self.code <= 8 else None

    @staticmethod
    def from_json(error: Any) -> Error:
        """The error of an answer, of the class that belongs to its code."""
        if not isinstance(error, Mapping):
            return ProtocolError("the error of an answer is not an object")
        code, message, data = error.get("code"), error.get("message"), error.get("data")
        if not isinstance(code, int) or not isinstance(message, str):
            return ProtocolError("the error of an answer has no code or no message")
        parts: Dict[str, str] = {}
        if isinstance(data, Mapping):
            parts = {name: text for name, text in data.items() if isinstance(text, str)}
        kind = _KINDS.get(code, NodeError)
        return kind(
            code, message, parts.get("what", ""), parts.get("why", ""), parts.get("hint"))


class PeerRefused(NodeError):
    """The peer is unknown, its key changed, or a ticket was refused."""


class NotReachable(NodeError):
    """The peer could not be reached."""


class Refused(NodeError):
    """Refused by policy or by the permissions of files."""


class ForwardFailed(NodeError):
    """A forward could not be set up."""


class NoDirectPath(NodeError):
    """A direct path was demanded and there is none."""


class Busy(NodeError):
    """Too many clients are connected, or too many calls of this one wait for their answers."""


_KINDS: Dict[int, Type[NodeError]] = {
    3: PeerRefused,
    4: NotReachable,
    5: Refused,
    6: ForwardFailed,
    7: NoDirectPath,
    -32000: Busy,
}
