"""The connection: framing, order, limits, and how it ends."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading

import p2pfwd
import pytest
from fake_node import Client, FakeNode
from p2pfwd import _connection

INFO = {
    "version": "1.0", "protocol": 1, "pid": 7, "id": "k", "address": "[::]:1", "home": "/h",
    "command": "serve", "label": "box", "started": "2026-11-26T19:00:00Z", "uptimeSeconds": 3,
    "isKept": True,
}


def test_a_request_is_one_line_of_json_rpc(home: str) -> None:
    lines = []

    def serve(client: Client) -> None:
        lines.append(client._file.readline())
        client.send(b'{"jsonrpc":"2.0","id":1,"result":{}}\n')

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        node.rename_peer("über", "line\nbreak")

    assert lines == [
        '{"jsonrpc":"2.0","id":1,"method":"peers.rename",'
        '"params":{"peer":"über","to":"line\\nbreak"}}\n'.encode()]


def test_an_answer_may_come_in_pieces_and_several_in_one(home: str) -> None:
    def serve(client: Client) -> None:
        client.request()
        for byte in b'{"jsonrpc":"2.0","id":1,"result":{}}\n':
            client.send(bytes([byte]))
        client.request()
        client.send(
            b'{"jsonrpc":"2.0","method":"event","params":{"topic":"node","kind":"a","time":"","text":""}}\n'
            b'{"jsonrpc":"2.0","id":2,"result":{}}\n'
            b'{"jsonrpc":"2.0","method":"event","params":{"topic":"node","kind":"b","time":"","text":""}}\n')

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        node.reload()
        node.reload()
        assert [event.kind for event in node.events()] == ["a", "b"]


def test_a_long_answer_is_taken(home: str) -> None:
    with FakeNode.answering(home, node_info={**INFO, "label": "x" * 3_000_000}):
        with p2pfwd.Node(home) as node:
            assert len(node.info().label) == 3_000_000


def test_a_line_without_end_is_not(home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "LONGEST_ANSWER", 100_000)

    def serve(client: Client) -> None:
        client.request()
        while True:
            client.send(b"x" * 65_536)

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        with pytest.raises(p2pfwd.ProtocolError):
            node.info()


@pytest.mark.parametrize("line", [
    b"", b"junk", b"[]", b"{}", b'{"jsonrpc":"1.0","id":1,"result":1}', b"\xff", b"[" * 100_000,
    b'{"jsonrpc":"2.0","id":2,"result":{}}', b'{"jsonrpc":"2.0","id":"1","result":{}}',
    b'{"jsonrpc":"2.0","id":1}', b'{"jsonrpc":"2.0","id":1,"result":NaN}',
    b'{"jsonrpc":"2.0","id":1,"error":{}}', b'{"jsonrpc":"2.0","id":1,"result":{"pid":"x"}}',
    b'{"jsonrpc":"2.0","method":1}', b'{"jsonrpc":"2.0","id":true,"result":{}}',
])
def test_what_a_node_would_not_say_is_an_error(home: str, line: bytes) -> None:
    def serve(client: Client) -> None:
        client.request()
        client.send(line + b"\n")

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        with pytest.raises(p2pfwd.ProtocolError):
            node.info()


def test_a_request_that_is_too_long_is_not_sent(home: str) -> None:
    with FakeNode.answering(home, node_info=INFO), p2pfwd.Node(home) as node:
        with pytest.raises(ValueError, match="65536"):
            node.rename_peer("a", "b" * 65_536)
        assert node.info().pid == 7


def test_an_answer_that_comes_too_late_belongs_to_nobody(home: str) -> None:
    is_late = threading.Event()

    def serve(client: Client) -> None:
        first = client.request()
        second = client.request()
        assert first and second
        is_late.wait(10)
        client.answer(first, {**INFO, "pid": 1})
        client.answer(second, {**INFO, "pid": 2})

    with FakeNode(home, serve), p2pfwd.Node(home, timeout=0.05) as node:
        with pytest.raises(p2pfwd.CallTimedOut):
            node.info()
        node.timeout = None
        is_late.set()
        assert node.info().pid == 2


def test_a_node_that_goes_is_noticed(home: str) -> None:
    def serve(client: Client) -> None:
        client.request()

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        with pytest.raises(p2pfwd.NodeGone):
            node.info()
        with pytest.raises(p2pfwd.NodeGone):
            node.info()


def test_a_busy_node_says_so(home: str) -> None:
    def serve(client: Client) -> None:
        client.send_json({"id": None, "error": {"code": -32000, "message": "busy: 64 clients"}})

    with FakeNode(home, serve):
        for _ in range(20):
            # The node may have closed the connection before the request is sent, or after.
            with p2pfwd.Node(home) as node, pytest.raises(p2pfwd.Busy, match="64 clients"):
                node.info()


def test_events_that_are_left_unread_have_a_bound(
        home: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_connection, "MOST_EVENTS", 10)

    def serve(client: Client) -> None:
        client.request()
        for _ in range(11):
            client.event("node", "started")

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        with pytest.raises(p2pfwd.NodeGone, match="unread"):
            node.info()


def test_without_a_node_the_error_names_the_socket(home: str) -> None:
    with pytest.raises(p2pfwd.NodeNotRunning, match="/control: no node answers there"):
        p2pfwd.Node(home)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(os.path.join(home, "control"))
    with pytest.raises(p2pfwd.NodeNotRunning):
        p2pfwd.Node(home)


def test_a_path_that_no_socket_can_have_is_an_error() -> None:
    with pytest.raises(ValueError, match="107"):
        p2pfwd.Node("/tmp/" + "x" * 100)
    with pytest.raises(ValueError, match="not both"):
        p2pfwd.Node("/tmp", socket="/tmp/control")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_the_socket_of_another_user_is_not_used(home: str) -> None:
    os.chmod(home, 0o755)
    program = (
        "import os, socket, sys\n"
        "os.setuid(65534)\n"
        "listener = socket.socket(socket.AF_UNIX)\n"
        "listener.bind(sys.argv[1])\n"
        "listener.listen()\n"
        "print(flush=True)\n"
        "listener.accept()[0].recv(1)\n")
    with open(os.devnull) as nothing:
        os.chmod(home, 0o777)
        other = subprocess.Popen(
            [sys.executable, "-c", program, os.path.join(home, "control")], stdin=nothing,
            stdout=subprocess.PIPE)
    try:
        assert other.stdout and other.stdout.readline() == b"\n"
        with pytest.raises(p2pfwd.NodeNotRunning, match="another user"):
            p2pfwd.Node(home)
    finally:
        other.kill()
        other.communicate()


def test_the_socket_is_found_as_the_program_finds_it() -> None:
    find = p2pfwd.control_socket

    assert find("/srv/a") == "/srv/a/control"
    assert find(variables={"XDG_STATE_HOME": "/s", "HOME": "/u"}) == "/s/p2pfwd/control"
    assert find(variables={"XDG_STATE_HOME": "s", "HOME": "/u"}) == (
        "/u/.local/state/p2pfwd/control")
    with pytest.raises(ValueError):
        find(variables={})
