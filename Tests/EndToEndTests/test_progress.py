"""What a forward says while it waits for its peer."""

import os
import pty
import subprocess

import pytest

from node import free_port
from support import Pair


@pytest.fixture(params=[False, True], ids=["standalone", "shared"])
def lonely(request):
    """A node whose peer does not run."""
    pair = Pair(["localhost:80"], shares_node=request.param)
    pair.server.stop()
    yield pair.connecting
    pair.stop()


def command(node, *options):
    return [node.program, "--home", node.home, *options, "--connect-timeout", "4", "-L",
            f"{free_port()}:localhost:80", "homebox"]


def environment(node, **variables):
    return {**os.environ, **node.environment, "TERM": "xterm", **variables}


def read_all(descriptor):
    text = b""
    try:
        while part := os.read(descriptor, 65536):
            text += part
    except OSError:  # The other end of the terminal is closed.
        pass
    return text.decode()


def test_a_terminal_has_one_line_that_goes_away(lonely):
    master, slave = pty.openpty()
    with subprocess.Popen(command(lonely), stdin=slave, stdout=slave, stderr=slave,
                          start_new_session=True, env=environment(lonely)) as process:
        os.close(slave)
        text = read_all(master)
        assert process.wait(20) == 4
    os.close(master)

    assert "connecting to 'homebox' (1 s)" in text and "connecting to 'homebox' (2 s)" in text
    shown, last = text.rsplit("connecting to 'homebox' (", 1)
    # Each but the first takes the place of the one before, and the last is gone before the error.
    assert shown.count("\r\x1b[Kp2pfwd: connecting") >= 1
    assert "\r\x1b[K" in last and "cannot reach" in last.split("\r\x1b[K", 1)[1]
    assert "connecting to" not in last


def test_elsewhere_it_is_a_line_for_those_who_ask_for_more(lonely):
    for options, count in (((), 0), (("-v",), 1)):
        done = subprocess.run(command(lonely, *options), capture_output=True, text=True, timeout=30,
                              env=environment(lonely))
        assert done.returncode == 4
        assert done.stderr.count("connecting to 'homebox'") == count and "\r" not in done.stderr
