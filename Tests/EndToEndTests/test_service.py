"""What a service manager is told, and the units it is given."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

from node import Node, free_port


class Manager:
    """Listens as systemd does."""

    def __init__(self, abstract):
        self.folder = tempfile.mkdtemp(prefix="p2pfwd-notify-")
        path = os.path.join(self.folder, "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.settimeout(20)
        self.socket.bind("\0" + path if abstract else path)
        self.name = "@" + path if abstract else path

    def wait_for(self, word):
        """The lines of the next message that says this."""
        while word not in (lines := self.socket.recv(4096).decode().split("\n")):
            pass
        return lines

    def close(self):
        self.socket.close()
        shutil.rmtree(self.folder)


@pytest.fixture(params=[False, True], ids=["path", "abstract"])
def manager(request):
    manager = Manager(request.param)
    yield manager
    manager.close()


@pytest.fixture
def node():
    node = Node("service")
    yield node
    node.remove()


def start(node, manager, *words):
    node.environment |= {"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "400000"}
    return node.start(*words)


def listen():
    return f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"


def test_a_serving_node_tells_how_it_is(node, manager):
    child = start(node, manager, "serve", "--listen", listen(), "--permit", "localhost:80")
    assert manager.wait_for("READY=1")[1:] == ["STATUS=serving; no peer is connected"]
    manager.wait_for("WATCHDOG=1")

    os.kill(child.pid, signal.SIGHUP)
    lines = manager.wait_for("RELOADING=1")
    assert any(line.startswith("MONOTONIC_USEC=") for line in lines)
    manager.wait_for("READY=1")
    manager.wait_for("WATCHDOG=1")

    # Whoever asks at the control socket has it told as well.
    node.check("reload")
    manager.wait_for("RELOADING=1")
    manager.wait_for("READY=1")

    os.kill(child.pid, signal.SIGUSR2)
    manager.wait_for("READY=1")
    manager.wait_for("WATCHDOG=1")

    os.kill(child.pid, signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert child.process.wait(20) == 0


def test_a_node_that_another_one_is_told_to_end_says_so(node, manager):
    child = start(node, manager, "serve", "--listen", listen())
    manager.wait_for("READY=1")
    node.check("stop")
    manager.wait_for("STOPPING=1")
    assert child.process.wait(20) == 0


def test_a_rendezvous_server_tells_how_it_is(node, manager):
    child = start(node, manager, "rendezvous", "--listen", listen())
    assert manager.wait_for("READY=1")[1:] == ["STATUS=introducing peers; clients: 0"]
    manager.wait_for("WATCHDOG=1")
    os.kill(child.pid, signal.SIGTERM)
    manager.wait_for("STOPPING=1")
    assert child.process.wait(20) == 0


def test_a_peer_that_connects_is_in_the_status(make_pair, manager):
    os.environ["NOTIFY_SOCKET"] = manager.name
    try:
        pair = make_pair(["localhost:*"])
    finally:
        del os.environ["NOTIFY_SOCKET"]
    pair.forward("localhost:9")
    manager.wait_for("STATUS=serving; 1 peer is connected")


def test_a_unit_is_installed_and_removed_without_systemctl(node):
    node.environment |= {"PATH": "/nowhere", "XDG_CONFIG_HOME": node.home}
    words = ["service", "install", "--user", "--", "--permit", "localhost:80"]
    output = node.check(*words)
    path = os.path.join(node.home, "systemd/user/p2pfwd.service")
    assert f"wrote {path}" in output
    assert "systemctl --user daemon-reload" in output
    with open(path) as file:
        text = file.read()
    assert f"--home {node.home} serve --permit localhost:80\n" in text
    assert text == node.check("service", "print", *words[2:])

    assert node.run(*words, "-v").returncode == 1
    assert node.run("service", "install", "--user", "--", "--permit", "?").returncode == 2
    with open(path) as file:
        assert file.read() == text
    node.check("service", "uninstall", "--user")
    assert not os.path.exists(path)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is missing")
@pytest.mark.parametrize("words", [
    ["--user"], ["--system"], ["--system", "rendezvous"],
    ["--user", "--", "--permit", "10.0.0.0/8:*", "--audit", "/tmp/100% of $it \"\\"],
], ids=["user", "system", "rendezvous", "quoted"])
def test_systemd_finds_nothing_wrong_with_a_unit(node, words):
    path = os.path.join(node.home, "p2pfwd.service")
    with open(path, "w") as file:
        file.write(node.check("service", "print", *words))
    scope = "--user" if "--user" in words else "--system"
    done = subprocess.run(["systemd-analyze", scope, "verify", "--man=no", path],
                          capture_output=True, text=True, timeout=30)
    complaints = [line for line in done.stderr.splitlines() if "p2pfwd" in line]
    assert not complaints
