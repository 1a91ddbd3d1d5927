"""p2pfwd shell and the commands of a running node, at a node that a test plays."""

import os
import signal
import stat

import pytest

from fake_node import FakeNode, Failure
from node import Node
from terminal import Terminal

PROMPT = "p2pfwd> "


@pytest.fixture
def node():
    node = Node("shell")
    yield node
    node.remove()


@pytest.fixture
def fake(node):
    fake = FakeNode(node.home, {
        "peers.list": {"peers": [{"name": "homebox"}, {"name": "laptop"}]},
        "node.status": {
            "sessions": [{"peer": "homebox", "state": "up", "kind": "direct"}],
            "groups": [{"group": "g1", "peer": "homebox", "forwards": [
                {"forward": "g1.1", "kind": "local", "target": "localhost:80"}]}],
            "flows": []},
        "node.reload": {}, "log.level": {"former": "info"}, "forward.cancel": {"cancelled": 1},
        "pair.join": Failure(3, "pair", "the code is not known"),
        "session.connect": Failure(4, "'laptop' is not reachable", "no path to it"),
    })
    yield fake
    fake.stop()


@pytest.fixture
def shell(node, fake):
    """Makes a shell at a terminal, with its first prompt shown."""
    shells = []

    def make(kind="xterm", **variables):
        terminal = Terminal(node, "shell", kind=kind, NO_COLOR="1", **variables)
        shells.append(terminal)
        terminal.wait_for(PROMPT)
        # What the TAB key offers has arrived once both were asked for.
        fake.wait_for("node.status")
        fake.wait_for("events.subscribe")
        return terminal

    yield make
    for terminal in shells:
        terminal.stop()


def enter(terminal, line):
    """Types a line and waits for the next prompt, which is not the one before the line."""
    terminal.forget()
    terminal.type(line + "\r")
    terminal.wait_for(rf"(?s)\n.*{PROMPT}")
    return terminal.text


def test_lines_are_carried_out(shell, fake):
    terminal = shell()
    assert "homebox" in enter(terminal, "sessions")
    assert "log level: debug (was info)" in enter(terminal, "log debug")
    assert fake.of("log.level") == [{"level": "debug"}]
    assert "'laptop' is not reachable: no path to it" in enter(terminal, "connect laptop")
    assert "did you mean 'sessions'?" in enter(terminal, "sesions")


@pytest.mark.parametrize("kind", ["xterm", "dumb", ""])
def test_every_terminal_will_do(shell, fake, kind):
    terminal = shell(kind)
    assert "homebox" in enter(terminal, "sessions")
    fake.tell("session", "lost homebox")
    terminal.wait_for("lost homebox")
    terminal.type("\x04")
    assert terminal.wait(10) == 0
    assert terminal.shows_what_is_typed


@pytest.mark.parametrize("typed, line", [
    ("relo\t", "reload"), ("log deb\t", "log debug"),
    ("disc\tho\t", "disconnect homebox"), ("cancel g1.\t", "cancel g1.1"),
    ("connect lap\t", "connect laptop")])
def test_tab_completes(shell, fake, typed, line):
    terminal = shell()
    terminal.type(typed)
    terminal.wait_for(line)


def test_tab_lists_what_fits(shell, fake):
    terminal = shell()
    terminal.type("re\t\t")
    terminal.wait_for("reload")
    terminal.wait_for("revoke")
    terminal.type("lo\t\r")
    fake.wait_for("node.reload")


def test_tab_completes_the_words_of_a_code(shell, fake):
    terminal = shell()
    terminal.type("pair 4821-tundr\t")
    terminal.wait_for("pair 4821-tundra")


def test_an_event_keeps_what_is_typed(shell, fake):
    terminal = shell()
    terminal.type("log de")
    terminal.wait_for("log de")
    terminal.forget()
    fake.tell("session", "connected to 'homebox'")
    terminal.wait_for("connected to 'homebox'")
    terminal.wait_for("p2pfwd> log de")
    fake.tell("flow", "not asked for")
    terminal.type("bug\r")
    assert fake.wait_for("log.level") == {"level": "debug"}
    assert "not asked for" not in terminal.text


def test_another_size_keeps_what_is_typed(shell, fake):
    terminal = shell()
    terminal.type("log de")
    terminal.wait_for("log de")
    terminal.resize(20, 40)
    fake.tell("session", "an event that is longer than the forty columns of the terminal")
    terminal.wait_for("forty columns")
    terminal.resize(20, 120)
    terminal.type("bug\r")
    assert fake.wait_for("log.level") == {"level": "debug"}


def test_control_c_clears_the_line(shell, fake):
    terminal = shell()
    terminal.type("log debug")
    terminal.wait_for("log debug")
    terminal.forget()
    terminal.type("\x03")
    terminal.wait_for(PROMPT)
    enter(terminal, "reload")
    assert fake.of("log.level") == []
    assert fake.of("node.reload") == [{}]


def test_control_c_ends_a_command(shell, fake):
    del fake.answers["session.connect"]
    terminal = shell()
    terminal.type("connect laptop\r")
    fake.wait_for("session.connect")
    terminal.forget()
    terminal.type("\x03")
    terminal.wait_for("not waited for any longer")
    terminal.wait_for(PROMPT)
    enter(terminal, "reload")
    assert fake.of("node.reload") == [{}]


def test_watch_goes_on_until_control_c(shell, fake):
    terminal = shell()
    terminal.type("watch flow\r")
    assert fake.wait_for("events.subscribe", 2) == {"topics": ["flow"]}
    fake.tell("flow", "opened s1.4")
    terminal.wait_for("opened s1.4")
    terminal.type("\x03")
    assert fake.wait_for("events.unsubscribe") == {"topics": ["flow"]}
    terminal.wait_for(PROMPT)


def test_lines_of_ssh(shell, fake):
    terminal = shell()
    assert "Canceled forwarding." in enter(terminal, "-KL 8080")
    assert fake.of("forward.cancel") == [
        {"peer": "homebox", "kind": "local", "entry": "8080"}]
    fake.answers["forward.add"] = Failure(6, "-L 8080", "the port is taken")
    text = enter(terminal, "-L 8080:localhost:80")
    assert "-L 8080: the port is taken" in text and "Port forwarding failed." in text
    fake.answers["forward.add"] = {"group": "g2", "forwards": [
        {"forward": "g2.1", "kind": "local", "places": ["127.0.0.1:8080"],
         "target": "localhost:80"}]}
    text = enter(terminal, "-L 8080:localhost:80")
    assert "g2.1: listening on 127.0.0.1:8080 -> localhost:80" in text
    assert "Forwarding port." in text


def test_history_lasts(node, shell, fake):
    terminal = shell()
    enter(terminal, "log debug")
    enter(terminal, "pair 4821-maple-tundra-tundra-tundra")
    terminal.type("\x04")
    assert terminal.wait(10) == 0

    path = os.path.join(node.home, "shell_history")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(path) as file:
        assert file.read() == "log debug\n"
    terminal = shell()
    terminal.type("\x1b[A\r")
    fake.wait_for("log.level", 2)


@pytest.mark.parametrize("typed", ["\x04", "quit\r", "exit\r"])
def test_ends_of_a_shell(shell, typed):
    terminal = shell()
    terminal.type(typed)
    assert terminal.wait(10) == 0
    assert terminal.shows_what_is_typed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_the_terminal_as_it_was(shell, number):
    terminal = shell()
    terminal.type("half a li")
    terminal.wait_for("half a li")
    assert not terminal.shows_what_is_typed
    terminal.process.send_signal(number)
    assert terminal.wait(10) == 0
    assert terminal.shows_what_is_typed


def test_colours_only_where_they_are_wanted(node, fake):
    for variables, expected in (({}, True), ({"NO_COLOR": "1"}, False)):
        terminal = Terminal(node, "shell", kind="xterm", **variables)
        try:
            terminal.wait_for("p2pfwd> ")
            fake.wait_for("events.subscribe", 1 if expected else 2)
            fake.tell("session", "an event")
            terminal.wait_for("an event")
            assert ("\x1b[36man event" in terminal.text) == expected
        finally:
            terminal.stop()


def test_a_node_that_comes_back_is_found(node, shell, fake):
    terminal = shell()
    terminal.type("log deb")
    terminal.wait_for("log deb")
    fake.stop()
    terminal.wait_for("the node has ended")
    again = FakeNode(node.home, {"log.level": {"former": "info"}})
    try:
        terminal.wait_for("connected to the node again")
        terminal.type("ug\r")
        assert again.wait_for("log.level") == {"level": "debug"}
    finally:
        again.stop()
        fake.stop = lambda: None


# Without a terminal


def test_a_script_ends_at_its_first_failure(node, fake):
    done = node.run("shell", input="# a script\nlog debug\n\nconnect laptop\nreload\n")
    assert done.returncode == 4
    assert done.stdout == "log level: debug (was info)\n"
    assert "'laptop' is not reachable" in done.stderr
    assert fake.of("node.reload") == []


def test_commands_on_the_command_line(node, fake):
    done = node.run("shell", "-c", "log debug", "-c", "reload")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        "log level: debug (was info)", "reloaded"]
    assert node.run("shell", "-c", "nonsense").returncode == 2
    assert node.run("shell", "-c", "quit", "-c", "reload").returncode == 0
    assert len(fake.of("node.reload")) == 1


def test_commands_of_the_program(node, fake):
    assert node.check("sessions", "--json") == (
        '[{"peer":"homebox","state":"up","kind":"direct"}]\n')
    assert node.check("cancel", "g1.1") == "cancelled 1 forward\n"
    done = node.run("connect", "laptop")
    assert done.returncode == 4
    assert done.stderr == "p2pfwd: 'laptop' is not reachable: no path to it\n"


def test_without_a_node(node):
    done = node.run("sessions")
    assert done.returncode == 1
    assert "no node of this home is running" in done.stderr
