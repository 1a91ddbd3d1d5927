"""The control socket of a node as it is built, byte by byte (docs/CONTROL.md, section 1)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from typing import Any, Iterator, List

import p2pfwd
import pytest
from real_node import RealNode, find_program, offers_control

PROGRAM = find_program()

if PROGRAM is None:
    pytest.skip("P2PFWD_BIN_DIR names no folder with p2pfwd", allow_module_level=True)
if not offers_control(PROGRAM):
    pytest.skip("the nodes of this p2pfwd have no control socket", allow_module_level=True)

LONGEST_LINE = 65_536


@pytest.fixture
def node() -> Iterator[RealNode]:
    assert PROGRAM
    node = RealNode(PROGRAM)
    try:
        node.start()
        yield node
    finally:
        node.remove()


class RawClient:
    def __init__(self, node: RealNode) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(os.path.join(node.home, "control"))
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def message(self) -> Any:
        """The next message; None if the node has closed the connection."""
        try:
            line = self._file.readline()
        except ConnectionResetError:
            return None
        return json.loads(line) if line else None


def request(number: int, method: str = "node.info", **parameters: Any) -> bytes:
    return json.dumps({
        "jsonrpc": "2.0", "id": number, "method": method, "params": parameters}).encode() + b"\n"


def test_requests_are_lines_however_they_are_cut(node: RealNode) -> None:
    with RawClient(node) as client:
        client.send(request(1) + request(2))
        assert [client.message()["id"] for _ in range(2)] == [1, 2]
        for byte in request(3):
            client.send(bytes([byte]))
        assert client.message()["id"] == 3


def test_junk_is_answered_and_the_connection_goes_on(node: RealNode) -> None:
    junk = [b"\x00\xff\xfe\n", b"\n", b"[]\n", b"{}\n", b'{"a":1,"a":2}\n', b"[" * 40 + b"\n",
            b'"\\ud800"\n', b"1e400\n"]
    with RawClient(node) as client:
        client.send(b"".join(junk) + request(1))
        codes = [client.message()["error"]["code"] for _ in junk]
        assert codes == [-32700, -32700, -32600, -32600, -32700, -32700, -32700, -32700]
        assert client.message()["id"] == 1


def test_a_line_that_is_too_long_ends_the_connection(node: RealNode) -> None:
    with RawClient(node) as client:
        client.send(request(1)[:-1].ljust(LONGEST_LINE) + b"\n")
        assert client.message()["id"] == 1
        try:
            client.send(b" " * (1 << 20))
        except ConnectionError:
            pass
        error = client.message()
        assert error["id"] is None and str(LONGEST_LINE) in error["error"]["message"]
        assert client.message() is None


def test_half_a_request_at_the_end_is_an_error(node: RealNode) -> None:
    with RawClient(node) as client:
        client.send(request(1) + request(2)[:20])
        client.socket.shutdown(socket.SHUT_WR)
        assert client.message()["id"] == 1
        assert client.message()["error"]["code"] == -32700
        assert client.message() is None


def test_a_request_without_an_id_is_carried_out(node: RealNode) -> None:
    with RawClient(node) as client:
        client.send(b'{"jsonrpc":"2.0","method":"node.stop"}\n')

    assert node.wait() == 0


def test_who_asks_and_does_not_read_holds_nothing_up(node: RealNode) -> None:
    with RawClient(node) as silent:
        silent.socket.setblocking(False)
        sent = 0
        try:
            while sent < 64 << 20:
                sent += silent.socket.send(request(1, "node.status") * 100)
        except BlockingIOError:
            pass
        # The node has stopped reading, and does what others ask.
        assert sent < 64 << 20
        with p2pfwd.Node(node.home, timeout=20) as other:
            assert other.info().protocol == 1


def test_64_of_1000_idle_clients_are_kept(node: RealNode) -> None:
    kept: List[RawClient] = []
    busy = 0
    try:
        for _ in range(1000):
            client = RawClient(node)
            if len(kept) < 64:
                client.send(request(1))
                assert client.message()["id"] == 1
                kept.append(client)
                continue
            with client:
                busy += client.message()["error"]["code"] == -32000
                assert client.message() is None
        assert busy == 936
    finally:
        for client in kept:
            client.__exit__()
    with p2pfwd.Node(node.home, timeout=20) as other:
        assert other.info().protocol == 1


def serve(node: RealNode) -> "subprocess.CompletedProcess[str]":
    """Tries to start another node in the same home."""
    assert PROGRAM
    return subprocess.run(
        [PROGRAM, "--home", node.home, "serve", "--listen", "127.0.0.1:0"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20)


def test_one_node_runs_in_a_home(node: RealNode) -> None:
    with p2pfwd.Node(node.home, timeout=20) as client:
        pid = client.info().pid

        second = serve(node)

        assert second.returncode == 8
        assert f"already running (pid {pid})" in second.stderr
        assert client.info().pid == pid


def test_the_socket_of_a_node_that_was_killed_is_replaced(node: RealNode) -> None:
    with p2pfwd.Node(node.home, timeout=20) as client:
        pid = client.info().pid
        os.kill(pid, signal.SIGKILL)
        node.wait()
        with pytest.raises(p2pfwd.NodeGone):
            client.info()
    assert os.path.exists(os.path.join(node.home, "control"))
    with pytest.raises(p2pfwd.NodeNotRunning):
        p2pfwd.Node(node.home)

    node.start()

    with p2pfwd.Node(node.home, timeout=20) as client:
        assert client.info().pid != pid


def test_what_is_not_a_socket_is_left_alone(node: RealNode) -> None:
    with p2pfwd.Node(node.home, timeout=20) as client:
        client.stop()
    node.wait()
    path = os.path.join(node.home, "control")
    assert not os.path.exists(path)
    os.symlink("/nonexistent", path)

    second = serve(node)

    assert second.returncode == 2 and "not a socket" in second.stderr
    assert os.readlink(path) == "/nonexistent"
