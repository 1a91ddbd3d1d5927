"""What a running node takes over when its files are read again."""

import json
import os
import signal
import socket

import pytest

from node import Node, free_port
from processes import wait_until
from support import connect, exchange
from test_configuration import write
from test_node import is_open


@pytest.fixture
def pair(make_pair, echo_target):
    """The node that is tried is the connecting one; its peer permits everything."""
    return make_pair(["localhost:*"])


class Serving:
    """A node that serves by its file alone, which tests write anew."""

    def __init__(self, node, *lines):
        self.node = node
        self.listen = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
        self.write(*lines)
        self.child = node.start("serve")
        self.child.errors.wait_for("listening on", 15)

    def write(self, *lines, listen=None):
        write(self.node, "\n".join([f"listen: {listen or self.listen}", *lines, ""]))

    def reload(self, *lines, listen=None):
        """What the command says."""
        self.write(*lines, listen=listen)
        done = self.node.run("reload")
        assert done.returncode == 0, done.stderr
        return done.stderr

    def status(self):
        return json.loads(self.node.check("status", "--json"))[0]

    def groups(self):
        return self.status()["groups"]


@pytest.fixture
def node():
    node = Node("reload")
    yield node
    node.remove()


@pytest.fixture
def serving(pair):
    return Serving(pair.connecting)


def forwards(*specifications, peer="homebox"):
    items = ", ".join(f"'{text}'" for text in specifications)
    return f"peers: {{{peer}: {{autostart: true, forwards: [{items}]}}}}"


def test_forwards_begin_end_and_stay(pair, echo_target):
    stays, goes, comes = free_port(), free_port(), free_port()
    target = echo_target.address
    serving = Serving(
        pair.connecting, forwards(f"-L {stays}:{target}", f"-L {goes}:{target}"))
    wait_until(lambda: is_open(stays) and is_open(goes))

    with connect(stays) as flow, connect(goes) as other:
        for client in flow, other:
            client.sendall(b"before")
            assert client.recv(6) == b"before"
        assert "reloaded" in serving.reload(
            forwards(f"-L {stays}:{target}", f"-L {comes}:{target}"))
        assert exchange(comes, b"new") == b"new"
        assert not is_open(goes)
        # What was under way goes on, at the forward that stays and at the one that is gone.
        for client in flow, other:
            client.sendall(b"after")
            assert client.recv(5) == b"after"
        names = [forward["forward"] for group in serving.groups()
                 for forward in group["forwards"]]
        assert names == ["g1.1", "g2.1"]

    # Another program of the same process knows which of them the file has.
    with connect(stays) as flow:
        flow.sendall(b"before")
        assert flow.recv(6) == b"before"
        serving.node.check("handover")
        flow.sendall(b"after")
        assert flow.recv(5) == b"after"
        serving.reload(forwards(f"-L {comes}:{target}"))
        assert exchange(comes, b"new") == b"new"
        assert not is_open(stays)
        assert len(serving.groups()) == 1
    serving.reload()
    wait_until(lambda: serving.groups() == [])


def test_a_forward_that_could_not_begin_is_tried_again(pair, echo_target):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = forwards(f"-L {port}:{echo_target.address}")
        serving = Serving(pair.connecting, line)
        serving.child.errors.wait_for("forwards to 'homebox'", 15)
    serving.reload(line)
    assert exchange(port, b"hello") == b"hello"


def test_servers_come_and_go(node):
    homes = [Node("server"), Node("server")]
    # A server takes the next port as well.
    places = [f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}" for _ in range(3)][::2]
    try:
        for home, place in zip(homes, places):
            home.start("rendezvous", "--listen", place).errors.wait_for("listening on", 15)
        serving = Serving(node, f"rendezvous: [{places[0]}]")
        serving.child.errors.wait_for(f"registered at {places[0]}", 15)

        serving.reload(f"rendezvous: [{places[0]}, {places[1]}]")
        serving.child.errors.wait_for(f"registered at {places[1]}", 15)
        serving.reload(f"rendezvous: [{places[1]}]")
        serving.child.errors.wait_for(f"lost the rendezvous server {places[0]}: it is not used", 15)

        assert [server["name"] for server in serving.status()["servers"]] == [places[1]]
        assert serving.status()["servers"][0]["up"]
    finally:
        for home in homes:
            home.remove()


def test_messages_go_elsewhere_in_another_form_and_number(node, tmp_path):
    serving = Serving(node)
    child, path = serving.child, tmp_path / "log"

    serving.reload("log-format: json", "log-level: debug", "permit: localhost:1")
    line = child.errors.wait_for("permitting localhost:1", 15).string
    assert json.loads(line)["text"].startswith("permitting")
    assert "was debug" in node.check("log", "debug")

    serving.reload(f"log-file: {path}", "permit: localhost:2")
    wait_until(lambda: path.exists() and "permitting localhost:2" in path.read_text())
    # Whoever rotates the file has it opened anew.
    path.rename(tmp_path / "log.1")
    serving.reload(f"log-file: {path}", "permit: localhost:3")
    wait_until(lambda: path.exists() and "permitting localhost:3" in path.read_text())

    serving.reload("permit: localhost:4")
    child.errors.wait_for("^p2pfwd: permitting localhost:4", 15)
    assert "permitting localhost:4" not in path.read_text()
    assert not any("permitting localhost:3" in line for line in child.errors.lines)


def test_a_level_that_was_chosen_stays_until_the_file_says_another(node):
    serving = Serving(node)
    node.check("log", "trace")
    serving.reload("permit: localhost:1")
    assert "was trace" in node.check("log", "debug")
    serving.reload("log-level: warning")
    assert "was warning" in node.check("log", "info")


def test_who_is_asked_and_what_is_recorded_changes(make_pair, echo_target, tmp_path):
    pair = make_pair([])
    pair.server.stop()
    lines = [f"listen: {pair.listen}"]
    write(pair.serving, "\n".join(lines))
    server = pair.serving.start("serve")
    server.errors.wait_for("listening on", 15)
    _, (port,) = pair.forward(echo_target.address)
    with pytest.raises((AssertionError, OSError)):
        assert exchange(port, b"no") == b"no"

    decide = tmp_path / "decide"
    decide.write_text("#!/bin/sh\necho once\n")
    decide.chmod(0o700)
    audit = tmp_path / "audit"
    write(pair.serving, "\n".join([*lines, f"ask-command: {decide}", f"audit: {audit}"]))
    pair.serving.check("reload")

    assert exchange(port, b"yes") == b"yes"
    wait_until(lambda: '"event":"flow"' in audit.read_text())
    # A program that is not there is a mistake, and a mistake changes nothing.
    write(pair.serving, "\n".join([*lines, "ask-command: /no/such/program"]))
    done = pair.serving.run("reload")
    assert done.returncode == 2 and "/no/such/program" in done.stderr
    assert exchange(port, b"yes") == b"yes"

    write(pair.serving, "\n".join(lines))
    pair.serving.check("reload")
    with pytest.raises((AssertionError, OSError)):
        assert exchange(port, b"no") == b"no"


def test_sessions_that_begin_later_are_of_the_new_kind(pair, echo_target):
    serving = Serving(pair.connecting)
    node = pair.connecting
    node.environment["P2PFWD_STANDALONE"] = ""
    node.check("connect", "homebox")

    serving.reload("path: relay", "hold: 1m", "congestion: cubic", "name: another")
    # This one goes on as it is.
    assert "direct" in node.check("sessions")
    assert serving.node.run("ping", "homebox", "--for", "1s").returncode == 0
    node.check("disconnect", "homebox")
    wait_until(lambda: serving.status()["sessions"] == [])
    done = node.run("connect", "homebox", "--connect-timeout", "2")
    assert done.returncode == 4, done.stderr
    serving.reload()
    node.check("connect", "homebox")


def test_what_cannot_change_is_named(node):
    serving = Serving(node)
    before = serving.status()["address"]

    said = serving.reload(
        "offload: false", "address-family: inet",
        listen=f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}")

    assert "from the next start on: listen, address-family, offload" in said
    serving.child.errors.wait_for("from the next start on: listen", 15)
    assert serving.status()["address"] == before
    assert "next start" not in serving.reload()


def test_the_node_that_a_command_started_reads_files_again(pair, echo_target):
    node = pair.connecting
    node.environment |= {"P2PFWD_STANDALONE": "", "P2PFWD_LINGER": "60s"}
    child, (port,) = pair.forward(echo_target.address)
    write(node, "path: relay\nlog-level: debug\n")
    child.signal(signal.SIGHUP)
    wait_until(lambda: "was debug" in node.check("log", "debug"))
    assert exchange(port, b"goes on") == b"goes on"
    write(node, "hold: nonsense\n")
    done = node.run("reload")
    assert done.returncode == 2 and ":1:" in done.stderr
    assert exchange(port, b"goes on") == b"goes on"
    os.unlink(os.path.join(node.home, "p2pfwd.yaml"))
    node.check("reload")
