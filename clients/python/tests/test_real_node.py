"""A node as it is built, driven by the client."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from typing import Iterator, List

import p2pfwd
import pytest
from p2pfwd import dynamic, local
from real_node import EchoServer, RealNode, find_program, offers_control

PROGRAM = find_program()

if PROGRAM is None:
    pytest.skip("P2PFWD_BIN_DIR names no folder with p2pfwd", allow_module_level=True)
if not offers_control(PROGRAM):
    pytest.skip("the nodes of this p2pfwd have no control socket", allow_module_level=True)


@pytest.fixture
def echo() -> Iterator[EchoServer]:
    server = EchoServer()
    yield server
    server.close()


@pytest.fixture
def far(echo: EchoServer) -> Iterator[RealNode]:
    assert PROGRAM
    node = RealNode(PROGRAM, echo.address)
    yield node
    node.remove()


@pytest.fixture
def near(far: RealNode) -> Iterator[RealNode]:
    """A node that is paired with `far`, which it calls homebox; both are running."""
    assert PROGRAM
    node = RealNode(PROGRAM)
    try:
        far.start()
        ticket = far.check("ticket", "--name", "laptop")
        node.check("pair", "--name", "homebox", text=ticket)
        node.start()
        yield node
    finally:
        node.remove()


def exchange(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        parts: List[bytes] = []
        while part := client.recv(65_536):
            parts.append(part)
        return b"".join(parts)


def test_a_node_says_who_it_is_and_ends(near: RealNode) -> None:
    with p2pfwd.Node(near.home, timeout=20) as node:
        info = node.info()
        assert info.protocol == 1 and info.command == "serve" and info.is_kept
        assert info.id == near.check("id").strip()
        assert node.status().pid == info.pid
        assert [peer.name for peer in node.peers()] == ["homebox"]
        node.stop()
        assert all(event.topic == "node" for event in node.events(timeout=20))

    assert near.wait() == 0
    with pytest.raises(p2pfwd.NodeNotRunning):
        p2pfwd.Node(near.home)


def test_forwards_come_and_go_with_events(near: RealNode, echo: EchoServer) -> None:
    with p2pfwd.Node(near.home, timeout=30) as node:
        node.subscribe("forward", "flow", "session")
        group = node.add_forwards("homebox", local(f"0:{echo.address}"), dynamic("0"))
        assert [forward.kind for forward in group.forwards] == ["local", "dynamic"]
        port = group.forwards[0].port
        assert port

        assert exchange(port, b"hello") == b"HELLO"

        assert [found.group for found in node.groups()] == [group.group]
        session, = node.status().sessions
        assert session.peer == "homebox" and session.state == "up"
        seen = set()
        for event in node.events(timeout=20):
            seen.add((event.topic, event.kind))
            if {("session", "up"), ("flow", "opened"), ("flow", "closed")} <= seen:
                break
        assert ("flow", "closed") in seen
        assert node.cancel_group(group, drain_seconds=0) == 2
        assert node.groups() == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)


def test_forwards_end_with_their_connection_unless_they_are_kept(
        near: RealNode, echo: EchoServer) -> None:
    with p2pfwd.Node(near.home, timeout=30) as node:
        node.add_forwards("homebox", local(f"0:{echo.address}"))
        kept = node.add_forwards("homebox", local(f"0:{echo.address}"), keep=True)

    with p2pfwd.Node(near.home, timeout=30) as node:
        assert [group.group for group in node.groups()] == [kept.group]
        assert node.cancel_forward(kept.forwards[0].forward) == 1


def test_a_flow_is_opened_without_a_port(near: RealNode, echo: EchoServer) -> None:
    with p2pfwd.Node(near.home, timeout=30) as node:
        with node.open("homebox", echo.address) as flow:
            flow.settimeout(20)
            flow.sendall(b"x" * 100_000)
            flow.shutdown(socket.SHUT_WR)
            received = b""
            while part := flow.recv(65_536):
                received += part
        assert received == b"X" * 100_000
        assert node.info().protocol == 1


def test_errors_have_their_classes(near: RealNode) -> None:
    with p2pfwd.Node(near.home, timeout=30) as node:
        with pytest.raises(p2pfwd.PeerRefused) as unknown:
            node.connect("homebux")
        assert unknown.value.exit_code == 3 and unknown.value.why
        with pytest.raises(p2pfwd.Refused):
            node.open("homebox", "127.0.0.1:1")
        with pytest.raises(p2pfwd.NodeError) as mistake:
            node.call("node.inf")
        assert mistake.value.code == -32601 and "node.info" in (mistake.value.hint or "")
        with pytest.raises(p2pfwd.NodeError) as parameter:
            node.call("node.status", flow=True)
        assert parameter.value.code == -32602
        with pytest.raises(p2pfwd.NodeError):
            node.add_forwards("homebox", local("no forward"))
        assert node.groups() == []


def test_sessions_are_kept_until_they_are_not_wanted(near: RealNode) -> None:
    with p2pfwd.Node(near.home, timeout=60) as node:
        session = node.connect("homebox")
        assert session.peer == "homebox" and session.state == "up"
        assert node.ping("homebox", 1)[0].path
        assert node.why("homebox").lines
        node.disconnect("homebox")


def test_peers_are_renamed_permitted_and_removed(near: RealNode) -> None:
    with p2pfwd.Node(near.home, timeout=30) as node:
        node.rename_peer("homebox", "cellar")
        assert node.permit("cellar", "localhost:80")["permit"] == ["localhost:80"]
        peer, = node.peers()
        assert peer.name == "cellar" and peer.members["permit"] == ["localhost:80"]
        node.remove_peer("cellar")
        assert node.peers() == []


def test_a_node_takes_64_clients(near: RealNode) -> None:
    nodes = [p2pfwd.Node(near.home, timeout=20) for _ in range(64)]
    try:
        assert nodes[63].info().protocol == 1
        with p2pfwd.Node(near.home, timeout=20) as node, pytest.raises(p2pfwd.Busy):
            node.info()
    finally:
        for node in nodes:
            node.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_another_user_is_turned_away(near: RealNode) -> None:
    os.chmod(os.path.dirname(near.home), 0o755)
    os.chmod(near.home, 0o755)
    path = os.path.join(near.home, "control")
    os.chmod(path, 0o666)
    program = (
        "import os, socket, sys\n"
        "client = socket.socket(socket.AF_UNIX)\n"
        "os.setuid(65534)\n"
        "client.connect(sys.argv[1])\n"
        "client.settimeout(20)\n"
        "try:\n"
        "    sys.stdout.write(repr(client.recv(100)))\n"
        "except ConnectionResetError:\n"
        "    sys.stdout.write(repr(b''))\n")

    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, timeout=30)

    assert done.stdout == "b''", done.stderr
    with p2pfwd.Node(near.home, timeout=20) as node:
        assert node.info().protocol == 1


def test_the_example_forwards_and_tells(near: RealNode, echo: EchoServer) -> None:
    folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    example = subprocess.Popen(
        [sys.executable, os.path.join(folder, "examples", "watch.py"), "--home", near.home,
         "homebox", f"0:{echo.address}"],
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.path.join(folder, "src")})
    try:
        assert example.stdout
        place = example.stdout.readline().split()[0].rstrip(",")
        assert exchange(int(place.rpartition(":")[2]), b"hi") == b"HI"
        assert any("closed" in line or echo.address in line for line in example.stdout)
    finally:
        example.kill()
        example.communicate()
