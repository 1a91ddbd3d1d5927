"""What a TCP connection means must survive the tunnel: ends, resets, back-pressure, numbers."""

import errno
import queue
import socket
import threading

import pytest

from node import free_port
from support import EchoTarget, connect, exchange, load, receive_all, start_load


@pytest.mark.alone
def test_a_thousand_flows_at_once_are_byte_exact(make_pair, load_server):
    pair = make_pair([load_server.address])
    _, (port,) = pair.forward(load_server.address)

    result = load(port, "verify", "--flows", 1000, "--bytes", 50_000)

    assert result["equal"] and result["flows"] == 1000


@pytest.mark.alone
def test_thousands_of_short_connections_are_answered(make_pair, load_server):
    pair = make_pair([load_server.address])
    _, (port,) = pair.forward(load_server.address)

    assert load(port, "connect-rate", "--parallel", 16, "--seconds", 2)["count"] > 1000


@pytest.mark.alone
def test_a_stalled_reader_stops_nobody_else(make_pair, load_server):
    pair = make_pair([load_server.address])
    _, (port,) = pair.forward(load_server.address)
    stalled = [connect(port) for _ in range(8)]
    for client in stalled:
        # Asks the server for endless data and never reads any.
        client.sendall(b"R\0\0\0\0")

    assert load(port, "verify", "--flows", 4, "--bytes", 8 << 20, "--mode", "download")["equal"]
    assert load(port, "ping", "--count", 200, timeout=60)["p50_us"] < 100_000
    for client in stalled:
        client.close()


def test_half_close_leaves_the_other_direction_open(make_pair):
    received = threading.Event()

    def serve(connection):
        data = receive_all(connection)
        received.set()
        connection.sendall(b"you said " + data)

    target = EchoTarget(serve)
    pair = make_pair([target.address])
    _, (port,) = pair.forward(target.address)

    with connect(port) as client:
        client.sendall(b"hello")
        assert not received.wait(0.2)
        client.shutdown(socket.SHUT_WR)
        assert received.wait(10)
        assert receive_all(client) == b"you said hello"


def test_the_target_may_finish_first(make_pair):
    rest = []

    def serve(connection):
        connection.sendall(b"greeting")
        connection.shutdown(socket.SHUT_WR)
        rest.append(receive_all(connection))
        connection.close()
        done.set()

    done = threading.Event()
    target = EchoTarget(serve)
    pair = make_pair([target.address])
    _, (port,) = pair.forward(target.address)

    with connect(port) as client:
        assert receive_all(client) == b"greeting"
        client.sendall(b"still talking")
        client.shutdown(socket.SHUT_WR)
        assert done.wait(10)
    assert rest == [b"still talking"]


def through(kind, pair, target):
    """A connection to `target` through a forward of this kind."""
    if kind == "local":
        return connect(pair.forward(target.address)[1][0])
    if kind == "remote":
        child = pair.connecting.start("-R", f"0:{target.address}", "homebox")
        line = child.errors.wait_for(r"Allocated port (\d+) for remote forward to", 30)
        return connect(int(line.group(1)))
    proxy = free_port()
    child = pair.connecting.start("-D", f"{proxy}", "homebox")
    child.errors.wait_for("connected to", 30)
    client = connect(proxy)
    client.sendall(f"CONNECT {target.address} HTTP/1.1\r\nHost: {target.address}\r\n\r\n".encode())
    reply = b""
    while not reply.endswith(b"\r\n\r\n"):
        reply += client.recv(1)
    assert b" 200 " in reply
    return client


@pytest.mark.parametrize("first", ["client", "target"])
@pytest.mark.parametrize("kind", ["local", "remote", "dynamic"])
def test_a_flow_without_a_byte_ends_at_both_sides(make_pair, kind, first):
    seen = queue.Queue()

    def serve(connection):
        seen.put("opened")
        if first == "target":
            connection.shutdown(socket.SHUT_WR)
        seen.put(receive_all(connection))

    target = EchoTarget(serve)
    pair = make_pair([target.address], serve_options=["--permit-listen", "*"])

    with through(kind, pair, target) as client:
        assert seen.get(timeout=20) == "opened"
        if first == "client":
            client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == b""
        if first == "target":
            client.shutdown(socket.SHUT_WR)
        assert seen.get(timeout=20) == b""


def test_a_reset_of_the_client_reaches_the_target(make_pair):
    outcome = []
    ended = threading.Event()

    def serve(connection):
        connection.sendall(b"!")
        try:
            while connection.recv(65536):
                pass
            outcome.append("end")
        except OSError as error:
            outcome.append(error.errno)
        ended.set()

    target = EchoTarget(serve)
    pair = make_pair([target.address])
    _, (port,) = pair.forward(target.address)
    client = connect(port)
    # A flow that is reset before the target was reached need not reach it at all.
    assert client.recv(1) == b"!"
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()

    assert ended.wait(10)
    assert outcome == [errno.ECONNRESET]


def test_a_reset_of_the_target_reaches_the_client(make_pair):
    def serve(connection):
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    target = EchoTarget(serve)
    pair = make_pair([target.address])
    _, (port,) = pair.forward(target.address)

    with connect(port) as client:
        client.sendall(b"hello")
        with pytest.raises(ConnectionResetError):
            receive_all(client)


def test_a_refused_target_resets_the_client_and_is_explained(make_pair):
    closed = EchoTarget()
    closed.close()
    pair = make_pair(["127.0.0.1:*"])
    client, (port,) = pair.forward(closed.address)

    with pytest.raises(ConnectionResetError):
        exchange(port, b"hello")
    client.errors.wait_for(r"(?i)refused", 10)


def test_a_target_that_is_not_permitted_resets_the_client_and_is_explained(
        make_pair, echo_target):
    pair = make_pair(["127.0.0.1:1"])
    client, (port,) = pair.forward(echo_target.address)

    with pytest.raises(ConnectionResetError):
        exchange(port, b"hello")
    client.errors.wait_for(r"(?i)permit", 10)
    assert echo_target.accepted == 0


def test_nothing_is_permitted_by_default(make_pair, echo_target):
    pair = make_pair([])
    client, (port,) = pair.forward(echo_target.address)

    with pytest.raises(ConnectionResetError):
        exchange(port, b"hello")
    assert echo_target.accepted == 0


def test_a_name_that_does_not_exist_resets_the_client_and_is_explained(make_pair):
    pair = make_pair(["*.invalid:80"])
    client, (port,) = pair.forward("nowhere.invalid:80")

    with pytest.raises(ConnectionResetError):
        exchange(port, b"hello", timeout=40)
    client.errors.wait_for(r"(?i)nowhere\.invalid", 10)


@pytest.mark.alone
def test_flows_and_pings_share_the_session_fairly(make_pair, load_server):
    pair = make_pair([load_server.address],
                     link={"rate": 50, "delay-ms": 10, "queue-ms": 100, "seed": 9})
    _, (port,) = pair.forward(load_server.address)
    bulk = start_load(port, "bulk", "--flows", 10, "--seconds", 8, "--warmup", 4)
    ping = load(port, "ping", "--seconds", 8, "--warmup", 4)
    result = bulk.result(60)

    assert result["starved_flows"] == 0 and result["jain"] > 0.8
    assert ping["p50_us"] < 120_000
