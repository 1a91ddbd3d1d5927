"""-R: listeners at the serving side, whose connections come to the asking side."""

import http.server
import socket
import subprocess
import threading
import time

import pytest

from node import free_port
from processes import LineTimeout
from support import EchoTarget, connect, exchange, receive_all

LISTEN = ["--permit-listen", "*"]


def remote(pair, *specs, options=()):
    words = []
    for spec in specs:
        words += ["-R", spec]
    return pair.connecting.start(*words, *options, "homebox")


def allocated_port(child, count=1):
    port = None
    for _ in range(count):
        line = child.errors.wait_for(r"Allocated port (\d+) for remote forward to", 30)
        port = int(line.group(1))
    return port


def test_connections_at_the_peer_come_here(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, f"0:{echo_target.address}", options=["-q"])

    port = allocated_port(child)

    assert exchange(port, b"hello" * 1000) == b"hello" * 1000
    with socket.create_connection(("::1", port), timeout=10) as client:
        client.sendall(b"six")
        client.shutdown(socket.SHUT_WR)
        assert receive_all(client) == b"six"


def test_half_close_goes_both_ways(make_pair):
    def serve(connection):
        connection.sendall(b"you said " + receive_all(connection))

    target = EchoTarget(serve)
    pair = make_pair([], serve_options=LISTEN)
    port = allocated_port(remote(pair, f"0:{target.address}"))

    assert exchange(port, b"this") == b"you said this"
    target.close()


def test_nothing_is_listened_at_unless_it_is_permitted(make_pair, echo_target):
    pair = make_pair([], serve_options=["--permit-listen", "1-1023"])
    child = remote(pair, f"8080:{echo_target.address}")

    assert child.wait(30) == 6
    text = "\n".join(child.errors.lines)
    assert "no rule to listen at localhost:8080" in text
    pair.server.errors.wait_for("no rule to listen at localhost:8080", 10)


def test_widening_is_refused_and_never_narrowed(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, f"*:0:{echo_target.address}")

    assert child.wait(30) == 6
    assert any("gateway ports are 'no'" in line for line in child.errors.lines)


def test_gateway_ports_open_all_addresses(make_pair, echo_target):
    pair = make_pair([], serve_options=[*LISTEN, "--gateway-ports", "clientspecified"])
    child = remote(pair, f"*:0:{echo_target.address}")

    child.errors.wait_for(r"the peer listens on \[::\]:\d+", 30)
    assert exchange(allocated_port(child), b"x") == b"x"


def test_a_port_that_is_taken_is_an_error_at_both_sides(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        child = remote(pair, f"{port}:{echo_target.address}")

        assert child.wait(30) == 6
    assert any("Address already in use" in line for line in child.errors.lines)
    pair.server.errors.wait_for("Address already in use", 10)


def test_a_target_that_is_not_there_resets_and_is_told(make_pair):
    pair = make_pair([], serve_options=LISTEN)
    nobody = free_port()
    child = remote(pair, f"0:127.0.0.1:{nobody}")
    port = allocated_port(child)

    with connect(port) as client, pytest.raises(ConnectionResetError):
        client.recv(1)

    child.errors.wait_for(rf"connection refused \(127.0.0.1:{nobody}\)", 10)
    pair.server.errors.wait_for(rf"connection refused \(127.0.0.1:{nobody}\)", 10)


def test_who_comes_back_after_a_crash_has_the_listener_at_once(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    port = free_port()
    first = remote(pair, f"{port}:{echo_target.address}")
    first.errors.wait_for("the peer listens on", 30)
    assert exchange(port, b"one") == b"one"
    first.kill()

    started = time.monotonic()
    second = remote(pair, f"{port}:{echo_target.address}")
    second.errors.wait_for("the peer listens on", 30)

    assert exchange(port, b"two") == b"two"
    # Silence alone would take much longer to be noticed.
    assert time.monotonic() - started < 20


def test_the_older_of_two_commands_says_that_it_was_taken_over(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    port = free_port()
    first = remote(pair, f"{port}:{echo_target.address}")
    first.errors.wait_for("the peer listens on", 30)

    second = remote(pair, f"{port}:{echo_target.address}", options=["--listen", "127.0.0.1:0"])
    second.errors.wait_for("the peer listens on", 30)

    assert exchange(port, b"two") == b"two"
    assert first.wait(20) == 6
    assert any("taken the listener over" in line for line in first.errors.lines)


def test_a_peer_that_goes_frees_its_listeners(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, f"0:{echo_target.address}")
    port = allocated_port(child)

    assert child.stop() == 0

    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            connect(port, timeout=1).close()
        except ConnectionRefusedError:
            return
        time.sleep(0.05)
    raise AssertionError("the listener is still there")


def test_a_chain_of_ssh_and_p2pfwd_and_back(make_pair, echo_target):
    """-L into -R into -L, three crossings of the same session."""
    pair = make_pair(["localhost:*"], serve_options=LISTEN)
    inner, (inner_port,) = pair.forward(echo_target.address)
    middle = remote(pair, f"0:127.0.0.1:{inner_port}", options=["--listen", "127.0.0.1:0"])
    middle_port = allocated_port(middle)
    outer, (outer_port,) = pair.forward(
        f"127.0.0.1:{middle_port}", options=["--listen", "127.0.0.1:0"])

    data = bytes(range(256)) * 4096
    assert exchange(outer_port, data) == data


def test_refused_lines_do_not_wait_for_a_session(make_pair, echo_target):
    pair = make_pair([], serve_options=LISTEN)
    pair.server.stop()
    child = remote(pair, f"0:{echo_target.address}")

    with pytest.raises(LineTimeout):
        child.errors.wait_for("Allocated port", 1)
    pair.start_server()

    assert exchange(allocated_port(child), b"late") == b"late"


@pytest.fixture
def web_server():
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"from here")

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def curl(proxy_port, target_port, scheme="socks5h", user=""):
    return subprocess.run(
        ["curl", "-sS", "-m", "20", "-x", f"{scheme}://{user}127.0.0.1:{proxy_port}",
         f"http://127.0.0.1:{target_port}/"], capture_output=True, text=True, timeout=30)


@pytest.mark.parametrize("scheme", ["socks5h", "socks4a", "http"])
def test_a_port_alone_is_a_proxy_whose_clients_come_out_here(make_pair, web_server, scheme):
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, "0", options=["-o", f"PermitRemoteOpen=localhost:{web_server}"])

    assert curl(allocated_port(child), web_server, scheme).stdout == "from here"


def test_the_clients_of_the_peers_proxy_go_where_they_may_and_nowhere_else(
        make_pair, web_server):
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, "0", options=["-o", "PermitRemoteOpen=10.0.0.0/8:*"])

    assert curl(allocated_port(child), web_server).returncode != 0
    child.errors.wait_for("not permitted", 10)


def users_file(tmp_path, count=1):
    path = tmp_path / "users"
    path.write_text("".join(f"ann{number or ''}:secret\n" for number in range(count)))
    path.chmod(0o600)
    return str(path)


@pytest.mark.parametrize("scheme", ["socks5h", "http"])
def test_a_proxy_at_the_peer_asks_for_the_passwords_of_this_side(
        make_pair, web_server, tmp_path, scheme):
    # Only with passwords may others reach it.
    pair = make_pair([], serve_options=[*LISTEN, "--gateway-ports", "clientspecified"])
    child = remote(pair, "*:0", options=[
        "-o", f"PermitRemoteOpen=localhost:{web_server}", "--proxy-auth", users_file(tmp_path)])
    port = allocated_port(child)

    assert curl(port, web_server, scheme, "ann:secret@").stdout == "from here"
    for user in ("", "ann:wrong@", "bob:secret@"):
        assert "from here" not in curl(port, web_server, scheme, user).stdout


def test_a_proxy_at_the_peer_takes_so_many_users(make_pair, tmp_path):
    pair = make_pair([], serve_options=LISTEN)

    done = pair.connecting.run(
        "-R", "0", "--proxy-auth", users_file(tmp_path, count=65), "homebox")

    assert done.returncode == 2
    assert "64 users" in done.stderr


def test_a_socks_client_at_the_peer_sends_datagrams_from_here(make_pair):
    socks = pytest.importorskip("socks")
    target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    target.bind(("127.0.0.1", 0))
    place = target.getsockname()
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, "0", options=["-o", f"PermitRemoteOpen=localhost:{place[1]}"])
    sender = socks.socksocket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.set_proxy(socks.SOCKS5, "127.0.0.1", allocated_port(child))
    sender.settimeout(10)
    target.settimeout(10)

    sender.sendto(b"through the peer", place)
    data, source = target.recvfrom(65536)
    target.sendto(data[::-1], source)
    answer, origin = sender.recvfrom(65536)
    sender.close()
    target.close()

    assert (answer, origin) == (b"reep eht hguorht", place)


def test_datagrams_at_the_peer_come_here(make_pair):
    target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    target.bind(("127.0.0.1", 0))

    def echo():
        while True:
            data, source = target.recvfrom(65536)
            target.sendto(data[::-1], source)

    threading.Thread(target=echo, daemon=True).start()
    pair = make_pair([], serve_options=LISTEN)
    child = remote(pair, f"0:127.0.0.1:{target.getsockname()[1]}/udp")
    port = allocated_port(child)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(20)
        for data in (b"abc", b"", b"x" * 9000):
            client.sendto(data, ("127.0.0.1", port))
            assert client.recv(65536) == data[::-1]
