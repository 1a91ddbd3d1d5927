"""What goes wrong, how it is said, and what comes back by itself."""

import os
import random
import socket
import subprocess
import threading

import pytest

from node import Node, free_port
from processes import Child
from support import connect, exchange, load, start_load


@pytest.fixture
def node():
    node = Node("failing")
    yield node
    node.remove()


def complaint(done):
    """The exit code, after checking that stderr explains it and stdout stays empty."""
    assert done.stdout == ""
    assert done.stderr.startswith("p2pfwd: ")
    assert "Fatal error" not in done.stderr
    return done.returncode


@pytest.mark.parametrize("words", [
    ["-L", "8080", "peer"],
    ["-L", "65536:h:80", "peer"],
    ["-L", "-1:h:80", "peer"],
    ["-L", "080x:h:80", "peer"],
    ["-L", "8080:h:0", "peer"],
    ["-L", "8080:::1:22", "peer"],
    ["-L", "8080:" + "h" * 300 + ":80", "peer"],
    ["-L", "8080:a\nb:80", "peer"],
    ["-L", "8080:h:80", "-L", "8080:h:81", "peer"],
    ["-L", "8080:h:80"],
    ["--no-such-option"],
    ["no-such-command", "word"],
    ["serve", "--listen", "127.0.0.1:99999"],
    ["serve", "--permit", "10.0.0.0/33:80"],
    ["serve", "--permit", "host"],
    ["ticket"],
    ["ticket", "--name", "../evil"],
    ["ticket", "--name", "x", "--expires", "yesterday"],
    ["peers", "rm"],
])
def test_a_bad_command_line_ends_with_2(node, words):
    assert complaint(node.run(*words)) == 2


def test_an_unknown_peer_ends_with_3(node):
    assert complaint(node.run("-L", "0:localhost:80", "nobody")) == 3


@pytest.mark.parametrize("ticket", ["p2pf1garbage", "hello", "p2pf9" + "a" * 100])
def test_a_bad_ticket_ends_with_3_or_2(node, ticket):
    assert complaint(node.run("pair", "--name", "x", input=ticket)) in (2, 3)


def test_a_ticket_with_a_changed_letter_is_called_a_typing_error(node):
    other = Node("other")
    try:
        server = node.serve(f"127.0.0.1:{free_port(2)}", [])
        ticket = node.check("ticket", "--name", "x").strip()
        place = len(ticket) // 2
        wrong = ticket[:place] + ("a" if ticket[place] != "a" else "b") + ticket[place + 1:]

        assert complaint(other.run("pair", "--name", "y", input=wrong)) == 3
        assert complaint(node.run("pair", "--name", "y", input=ticket)) == 3
        server.stop()
    finally:
        other.remove()


def test_a_peer_that_cannot_be_reached_ends_with_4(make_pair):
    pair = make_pair([])
    pair.server.stop()
    client, _ = pair.connecting.forward(
        "homebox", ["0:localhost:80"], ["--connect-timeout", "2"], wait=False)

    assert client.wait(20) == 4
    client.errors.wait_for(r"^p2pfwd: ", 5)


def test_a_local_port_in_use_ends_with_6(make_pair):
    pair = make_pair([])
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = pair.connecting.run("-L", f"{port}:localhost:80", "homebox")

    assert done.returncode == 6 and str(port) in done.stderr


def test_loose_permissions_of_the_home_end_with_5(node):
    node.check("id")
    os.chmod(node.home, 0o777)

    assert complaint(node.run("id")) == 5


def test_a_damaged_identity_is_refused_and_kept(node):
    node.check("id")
    path = os.path.join(node.home, "identity")
    with open(path, "r+b") as file:
        file.truncate(10)
        damaged = file.read()

    assert complaint(node.run("id")) == 2
    with open(path, "rb") as file:
        assert file.read() == damaged


def test_a_ticket_works_once(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    second = Node("second")
    third = Node("third")
    try:
        ticket = pair.serving.check("ticket", "--name", "guest")
        for node in (second, third):
            node.run("pair", "--name", "homebox", input=ticket)
        client, (port,) = second.forward("homebox", [f"0:{echo_target.address}"])
        assert exchange(port, b"hello") == b"hello"
        late, _ = third.forward("homebox", [f"0:{echo_target.address}"],
                                ["--connect-timeout", "4"], wait=False)

        assert late.wait(30) in (3, 4)
        client.stop()
    finally:
        second.remove()
        third.remove()


def test_a_killed_server_that_comes_back_is_found_again(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    client, (port,) = pair.forward(echo_target.address)
    open_flow = connect(port)
    open_flow.sendall(b"before")
    assert open_flow.recv(100) == b"before"
    seen = len(client.errors.lines)

    pair.server.kill()
    pair.start_server()
    with pytest.raises((ConnectionResetError, BrokenPipeError)):
        while True:
            open_flow.sendall(b"x")
            if not open_flow.recv(100):
                raise ConnectionResetError
    client.errors.wait_for(r"(?i)lost|gone|restart|reconnect|ended|reset", 40, start=seen)

    assert exchange(port, b"after", timeout=40) == b"after"


def test_a_server_away_for_a_while_is_found_again(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    client, (port,) = pair.forward(echo_target.address)
    assert exchange(port, b"one") == b"one"

    pair.server.stop()
    threading.Event().wait(5)
    assert client.is_alive
    pair.start_server()

    assert exchange(port, b"two", timeout=60) == b"two"


def test_a_killed_client_leaves_the_server_at_work(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    for _ in range(3):
        client, (port,) = pair.forward(echo_target.address)
        assert exchange(port, b"hello") == b"hello"
        client.kill()

    assert pair.server.is_alive


def test_sigterm_lets_a_transfer_finish(make_pair, load_server):
    pair = make_pair([load_server.address])
    client, (port,) = pair.forward(load_server.address)
    assert load(port, "verify", "--bytes", 1 << 20)["equal"]

    assert client.stop(15) == 0
    assert pair.server.stop(15) == 0


def test_junk_datagrams_disturb_nobody(make_pair, load_server):
    pair = make_pair([load_server.address])
    _, (port,) = pair.forward(load_server.address)
    host, udp = pair.listen.split(":")
    generator = random.Random(1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as attacker:
        attacker.bind(("127.0.0.1", 0))
        attacker.setblocking(False)
        transfer = start_load(port, "verify", "--flows", 4, "--bytes", 16 << 20)
        answered = 0
        for _ in range(20_000):
            kind = generator.choice([0x80, 0x81, 0xF1, 0xF2, 0xF3, 0xF4, 0xF6, 0, 255])
            length = generator.choice([0, 1, 12, 60, 1199, 1400])
            junk = bytes([kind]) + generator.randbytes(length)
            try:
                attacker.sendto(junk, (host, int(udp)))
            except BlockingIOError:
                pass
            try:
                answered += len(attacker.recv(65536))
            except BlockingIOError:
                pass

    assert transfer.result(120)["equal"]
    assert pair.server.is_alive
    assert answered < 20_000 * 100


def test_few_descriptors_pause_new_connections_and_keep_the_old(make_pair, load_server):
    pair = make_pair([load_server.address])
    client = Child(
        ["sh", "-c", 'ulimit -n 64; exec "$@"', "sh", pair.connecting.program, "--home",
         pair.connecting.home, "--print-ports", "-L", f"0:{load_server.address}", "homebox"],
        name="p2pfwd with 64 descriptors")
    port = int(client.output.wait_for(r"^local .*?(\d+)$", 40).group(1))
    first = connect(port)
    first.sendall(b"E")
    assert first.recv(1) == b"E"

    crowd = [connect(port) for _ in range(100)]
    first.sendall(b"still here")
    assert first.recv(100) == b"still here"
    for other in crowd:
        other.close()

    assert load(port, "verify", "--bytes", 100_000, timeout=60)["equal"]
    assert client.is_alive


def test_closed_output_is_survived(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    port = free_port()
    client = Child(
        ["sh", "-c", 'exec "$@" >&- 2>&-', "sh", pair.connecting.program, "--home",
         pair.connecting.home, "-L", f"127.0.0.1:{port}:{echo_target.address}", "homebox"],
        name="p2pfwd without output")
    for _ in range(200):
        try:
            answer = exchange(port, b"hello")
            break
        except ConnectionRefusedError:
            threading.Event().wait(0.1)

    assert answer == b"hello"
    assert client.stop() == 0
