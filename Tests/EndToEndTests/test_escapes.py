"""ssh's escapes at a forward in the foreground, and the shell at a real node."""

import re
import signal
import socket

import pytest

from node import Node, free_port
from terminal import Terminal


@pytest.fixture
def laptop(echo_target):
    """A node that commands share, paired with 'homebox', which serves the echo target."""
    homebox, laptop = Node("homebox"), Node("laptop", shares_node=True)
    listen = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    server = homebox.serve(listen, [f"localhost:{echo_target.port}"])
    homebox.pair_with(laptop)
    yield laptop
    laptop.run("stop", "--now")
    server.stop(5)
    homebox.remove()
    laptop.remove()


@pytest.fixture(params=[[], ["--standalone"]], ids=["node", "standalone"])
def forward(laptop, echo_target, request):
    """A forward in the foreground of a terminal, once it is up."""
    terminal = Terminal(laptop, *request.param, "-L", f"0:localhost:{echo_target.port}", "homebox",
                        kind="xterm")
    terminal.wait_for("connected to 'homebox'")
    yield terminal
    terminal.stop()


def answers(port):
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"hello")
        return client.recv(5) == b"hello"


def test_the_end(forward):
    forward.type("no escape~.\r~.")
    assert forward.wait(20) == 0
    assert forward.shows_what_is_typed


def test_help_and_flows(forward):
    forward.type("~?")
    forward.wait_for("add or cancel a forward")
    port = int(re.search(r"Allocated port (\d+)", forward.text).group(1))
    with socket.create_connection(("127.0.0.1", port), 10) as client:
        client.sendall(b"hello")
        assert client.recv(5) == b"hello"
        forward.type("\r~#")
        forward.wait_for(r"homebox\.\d+ +homebox +g\d")


def test_a_forward_that_is_added_and_cancelled(forward, echo_target):
    port = free_port()
    forward.type("~C")
    forward.wait_for("p2pfwd> ")
    forward.type(f"-L {port}:localhost:{echo_target.port}\r")
    forward.wait_for("Forwarding port.")
    assert answers(port)

    forward.forget()
    forward.type("~C")
    forward.wait_for("p2pfwd> ")
    forward.type(f"-KL {port}\r")
    forward.wait_for("Canceled forwarding.")
    forward.forget()
    forward.type("~C")
    forward.wait_for("p2pfwd> ")
    forward.type(f"-KL {port}\r")
    forward.wait_for("Unknown port forwarding.")
    forward.forget()
    forward.type("~C")
    forward.wait_for("p2pfwd> ")
    forward.type("nonsense\r")
    forward.wait_for("Invalid command.")
    assert forward.is_alive
    with pytest.raises(OSError):
        answers(port)


def test_the_terminal_is_given_back(forward):
    assert not forward.shows_what_is_typed
    forward.type("\x03")
    assert forward.wait(20) in (0, 130)
    assert forward.shows_what_is_typed


def test_a_terminal_that_is_handed_on_is_given_back(laptop, echo_target):
    terminal = Terminal(laptop, "--standalone", "-L", f"0:localhost:{echo_target.port}", "homebox",
                        kind="xterm")
    try:
        terminal.wait_for("connected to 'homebox'")
        terminal.forget()
        terminal.process.send_signal(signal.SIGUSR2)
        terminal.wait_for("connected to 'homebox'")
        terminal.type("\r~?")
        terminal.wait_for("add or cancel a forward")
        terminal.type("\r~.")
        assert terminal.wait(20) == 0
        assert terminal.shows_what_is_typed
    finally:
        terminal.stop()


def test_a_shell_at_a_real_node(laptop, echo_target):
    port = free_port()
    shell = Terminal(laptop, "shell", kind="xterm", NO_COLOR="1")
    try:
        shell.wait_for("p2pfwd> ")
        # What the TAB key offers has arrived by then.
        shell.type("peers\r")
        shell.wait_for(r"PEER +ID[\s\S]*p2pfwd> ")
        shell.type("connect ho\t\r")
        shell.wait_for("connected to 'homebox'")
        shell.type(f"-L {port}:localhost:{echo_target.port}\r")
        shell.wait_for("Forwarding port.")
        assert answers(port)
        shell.forget()
        shell.type("forwards\r")
        shell.wait_for(rf"g1\.1 +homebox +local +.*127\.0\.0\.1:{port}")
        shell.type("why homebox\r")
        shell.wait_for("path to 'homebox'", 30)
        shell.type("ping homebox --for 1s\r")
        shell.wait_for("1: direct", 30)
        shell.type("cancel g1\r")
        shell.wait_for("cancelled 1 forward")
        shell.type("status\r")
        shell.wait_for("homebox: up")
        shell.type("quit\r")
        assert shell.wait(10) == 0
    finally:
        shell.stop()
    assert "homebox" in laptop.check("sessions")
    assert laptop.check("forwards") == "no forwards; p2pfwd add -L 8080:localhost:80 PEER adds one\n"
