"""-D: a proxy port that speaks SOCKS 4, 5 and HTTP, judged by clients that others wrote."""

import concurrent.futures
import http.client
import http.server
import os
import shutil
import socket
import stat
import struct
import subprocess
import threading
import time

import pytest

from node import free_port
from processes import wait_until
from support import EchoTarget, connect, receive_all

ADDRESS = "127.0.0.1"


class WebServer:
    """An HTTP server whose answers tell what it was asked."""

    def __init__(self, address=ADDRESS):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                text = f"{self.command} {self.path} {self.headers['Host']} ".encode() + body
                self.send_response(200)
                self.send_header("Content-Length", str(len(text)))
                self.send_header("X-Seen", ", ".join(sorted(self.headers.keys())))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
            request_queue_size = 512

        self.server = Server((address, 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def web():
    server = WebServer()
    yield server
    server.stop()


@pytest.fixture
def web6():
    server = WebServer("::1")
    yield server
    server.stop()


@pytest.fixture
def proxy(make_pair):
    """proxy(ports, options=[...]) -> the port of a `-D` whose peer permits these ports of localhost."""

    def make(*ports, options=()):
        pair = make_pair([f"localhost:{port}" for port in ports])
        _, (port,) = pair.connecting.forward("homebox", ["-D", "0"], options)
        return port

    return make


def curl(*words, timeout=40):
    return subprocess.run(["curl", "-sS", "--max-time", "30", *map(str, words)],
                          capture_output=True, text=True, timeout=timeout)


def users_file(tmp_path, text="ann:secret\n", mode=0o600):
    path = tmp_path / "users"
    path.write_text(text)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("scheme", ["socks5", "socks5h", "socks4", "socks4a", "http"])
def test_curl_gets_through_with_every_protocol(proxy, web, scheme):
    port = proxy(web.port)
    host = "localhost" if scheme in ("socks5h", "socks4a", "http") else ADDRESS

    done = curl("-x", f"{scheme}://{ADDRESS}:{port}", f"http://{host}:{web.port}/a?b")

    assert done.stderr == ""
    assert done.stdout == f"GET /a?b {host}:{web.port} "


def test_curl_tunnels_through_connect(proxy, web):
    port = proxy(web.port)

    done = curl("-p", "-x", f"http://{ADDRESS}:{port}", f"http://localhost:{web.port}/")

    assert done.stdout == f"GET / localhost:{web.port} "


@pytest.mark.parametrize("words", [["-x", "socks5h://{}"], ["-x", "http://{}"],
                                   ["-p", "-x", "http://{}"]])
def test_an_ipv6_address_is_a_target_like_others(proxy, web6, words):
    port = proxy(web6.port)

    done = curl(*[word.format(f"{ADDRESS}:{port}") for word in words],
                f"http://[::1]:{web6.port}/")

    assert done.stdout == f"GET / [::1]:{web6.port} "


def test_three_hundred_at_once(proxy, web, tmp_path):
    port = proxy(web.port)
    # What curl shows of its progress with -Z, -s does not turn off in all versions.
    words = ["-Z", "--no-progress-meter", "--parallel-max", "300", "--parallel-immediate", "-x",
             f"socks5h://{ADDRESS}:{port}", "--max-time", "60"]
    # Each has its file: on one output the pieces of answers would mingle.
    for number in range(300):
        words += ["-o", tmp_path / str(number), f"http://localhost:{web.port}/{number}"]

    done = curl(*words, timeout=90)

    assert done.stderr == ""
    for number in range(300):
        assert (tmp_path / str(number)).read_text() == f"GET /{number} localhost:{web.port} "


def test_one_connection_serves_requests_to_several_servers(proxy, web):
    other = WebServer()
    port = proxy(web.port, other.port)
    client = http.client.HTTPConnection(ADDRESS, port, timeout=20)
    client.connect()
    own = client.sock.getsockname()

    for number, server in enumerate([web, other, other, web]):
        body = b"x" * (number * 100_000)
        client.request("POST", f"http://localhost:{server.port}/{number}", body=body)
        response = client.getresponse()
        text = response.read()
        assert text == f"POST /{number} localhost:{server.port} ".encode() + body
        seen = response.getheader("X-Seen").lower()
        assert "proxy" not in seen
    assert client.sock.getsockname() == own
    client.close()
    other.stop()


def test_clients_of_python(proxy, web):
    socks = pytest.importorskip("socks")
    python_socks = pytest.importorskip("python_socks.sync")
    port = proxy(web.port)
    request = f"GET / HTTP/1.0\r\nHost: localhost:{web.port}\r\n\r\n".encode()

    for kind in (socks.SOCKS5, socks.SOCKS4, socks.HTTP):
        client = socks.socksocket()
        client.set_proxy(kind, ADDRESS, port, rdns=True)
        client.settimeout(20)
        client.connect(("localhost", web.port))
        client.sendall(request)
        assert receive_all(client).endswith(f"GET / localhost:{web.port} ".encode())
        client.close()
    for scheme in ("socks5", "socks4", "http"):
        url = f"{scheme}://{ADDRESS}:{port}"
        client = python_socks.Proxy.from_url(url, rdns=True).connect("localhost", web.port, 20)
        client.sendall(request)
        assert receive_all(client).endswith(f"GET / localhost:{web.port} ".encode())
        client.close()


def test_a_refusal_is_told_with_its_reason(proxy, web):
    closed = free_port()
    port = proxy(web.port, closed)
    proxy_url = f"socks5h://{ADDRESS}:{port}"

    refused = curl("-x", proxy_url, f"http://{ADDRESS}:{closed}/")
    forbidden = curl("-x", proxy_url, f"http://{ADDRESS}:{free_port()}/")
    by_http = curl("-x", f"http://{ADDRESS}:{port}", "-w", "%{http_code}",
                   f"http://{ADDRESS}:{closed}/")

    assert refused.returncode == 97 and "(5)" in refused.stderr
    assert forbidden.returncode == 97 and "(2)" in forbidden.stderr
    assert "connection refused" in by_http.stdout and by_http.stdout.endswith("502")


@pytest.mark.skipif(not shutil.which("proxychains4"), reason="proxychains4 is not installed")
def test_proxychains(proxy, web, tmp_path):
    port = proxy(web.port)
    configuration = tmp_path / "proxychains.conf"
    configuration.write_text(
        f"strict_chain\nproxy_dns\nremote_dns_subnet 224\n[ProxyList]\nsocks5 {ADDRESS} {port}\n")

    done = subprocess.run(
        ["proxychains4", "-q", "-f", str(configuration), "curl", "-sS", "--max-time", "30",
         f"http://name.invalid:{web.port}/", f"http://localhost.:{web.port}/"],
        capture_output=True, text=True, timeout=60)

    # The first name exists nowhere, least of all at the peer; the second one does there.
    assert f"GET / localhost.:{web.port} " in done.stdout or "localhost" in done.stdout
    assert "name.invalid" not in done.stdout


def has_openbsd_netcat():
    help_text = subprocess.run(["nc", "-h"], capture_output=True, text=True).stderr \
        if shutil.which("nc") else ""
    return "-X" in help_text


@pytest.mark.skipif(not has_openbsd_netcat(), reason="OpenBSD's netcat is not installed")
@pytest.mark.parametrize("kind", ["4", "5", "connect"])
def test_netcat_and_its_half_close(proxy, kind):
    target = EchoTarget(lambda connection: connection.sendall(
        b"you said " + receive_all(connection)))
    port = proxy(target.port)

    done = subprocess.run(["nc", "-N", "-X", kind, "-x", f"{ADDRESS}:{port}", ADDRESS,
                           str(target.port)], input=b"hello", capture_output=True, timeout=30)

    assert done.stdout == b"you said hello"
    target.close()


def test_passwords_are_asked_for_by_each_protocol(proxy, web, tmp_path):
    port = proxy(web.port, options=["--proxy-auth", users_file(tmp_path)])
    url = f"http://localhost:{web.port}/"

    for scheme in ("socks5h", "http"):
        known = curl("-x", f"{scheme}://ann:secret@{ADDRESS}:{port}", url)
        assert known.stdout == f"GET / localhost:{web.port} "
        nobody = curl("-x", f"{scheme}://{ADDRESS}:{port}", "-w", "%{http_code}", url)
        assert "GET /" not in nobody.stdout
    assert "(93)" in curl("-x", f"socks4a://{ADDRESS}:{port}", url).stderr
    start = time.monotonic()
    wrong = curl("-x", f"http://ann:wrong@{ADDRESS}:{port}", "-w", "%{http_code}", url)
    assert wrong.stdout.endswith("407") and time.monotonic() - start > 0.7


def test_a_file_of_users_that_others_may_read_is_refused(make_pair, tmp_path):
    pair = make_pair(["localhost:1"])
    path = users_file(tmp_path, mode=0o644)

    done = pair.connecting.run("-D", "0", "--proxy-auth", path, "homebox")

    assert done.returncode == 5
    assert "0600" in done.stderr


def test_a_listener_for_others_needs_a_password_or_a_clear_word(make_pair, tmp_path):
    pair = make_pair(["localhost:1"])
    for bind in ("0.0.0.0:0", "*:0", "[::]:0"):
        done = pair.connecting.run("-D", bind, "homebox")
        assert done.returncode == 5
        assert "--open-proxy" in done.stderr and "--proxy-auth" in done.stderr
        assert done.stdout == ""

    for options in (["--open-proxy"], ["--proxy-auth", users_file(tmp_path)]):
        child, _ = pair.connecting.forward("homebox", ["-D", "0.0.0.0:0"], options)
        child.stop(5)


def test_a_unix_socket_is_a_proxy_for_its_owner(make_pair, web, tmp_path):
    pair = make_pair([f"localhost:{web.port}"])
    path = str(tmp_path / "socks")
    child = pair.connecting.start("-D", path, "homebox")
    child.errors.wait_for("listening", 20)

    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(path)
        target = bytes([127, 0, 0, 1]) + web.port.to_bytes(2, "big")
        client.sendall(b"\5\1\0" + b"\5\1\0\1" + target + b"GET / HTTP/1.0\r\n\r\n")
        assert receive_all(client).startswith(b"\5\0" + b"\5\0\0\1\0\0\0\0\0\0" + b"HTTP/1.1 200 ")
    child.stop(5)
    assert not os.path.exists(path)


class SilentTarget:
    """An address where connects get no answer: the queue of the socket there is full."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind((ADDRESS, 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.queued = [socket.socket() for _ in range(4)]
        for queued in self.queued:
            queued.setblocking(False)
            queued.connect_ex((ADDRESS, self.port))

    def close(self):
        for each in (*self.queued, self.listener):
            each.close()


def descriptors(child):
    return len(os.listdir(f"/proc/{child.pid}/fd"))


def settled(count, interval=0.5):
    """A number once it has stayed the same for a while."""
    last, since = count(), time.monotonic()
    while time.monotonic() < since + interval:
        time.sleep(0.01)
        if (now := count()) != last:
            last, since = now, time.monotonic()
    return last


@pytest.mark.slow
def test_ten_thousand_clients_that_leave_while_they_wait_cost_nothing(make_pair, web):
    target = SilentTarget()
    pair = make_pair([f"localhost:{web.port}", f"localhost:{target.port}"])
    client, (proxy, forward) = pair.connecting.forward(
        "homebox", ["-D", "0", "-L", f"0:{ADDRESS}:{target.port}"])
    client.errors.wait_for("connected to 'homebox'", 20)
    url = f"http://localhost:{web.port}/"
    assert curl("-x", f"socks5h://{ADDRESS}:{proxy}", url).stdout.startswith("GET /")
    # The flow of that request may still be ending: it is not among those that are to be there.
    before = [settled(lambda: descriptors(child)) for child in (client, pair.server)]
    request = b"\5\1\0\5\1\0\1\x7f\0\0\1" + target.port.to_bytes(2, "big")

    # By turns the client of a proxy that closes, and one of a forward that resets.
    for batch in range(50):
        crowd = [connect(proxy if batch % 2 == 0 else forward) for _ in range(200)]
        for each in crowd:
            if batch % 2 == 0:
                each.sendall(request)
            else:
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        # Every one of them has a dial under way at the far side.
        wait_until(lambda: descriptors(pair.server) >= before[1] + 200)
        for each in crowd:
            each.close()
        wait_until(lambda: descriptors(pair.server) <= before[1])

    wait_until(lambda: descriptors(client) <= before[0])
    assert curl("-x", f"socks5h://{ADDRESS}:{proxy}", url).stdout.startswith("GET /")
    target.close()


def test_strangers_and_silent_clients_shut_nobody_out(proxy, web):
    port = proxy(web.port)
    silent = [connect(port) for _ in range(700)]
    with connect(port) as tls:
        tls.sendall(b"\x16\3\1\2\0\1\0\1\xfc\3\3")
        assert receive_all(tls) == b""

    done = curl("-x", f"socks5h://{ADDRESS}:{port}", f"http://localhost:{web.port}/")

    assert done.stdout == f"GET / localhost:{web.port} "
    for client in silent:
        client.close()


def test_a_client_that_trickles_is_served_until_ten_seconds_have_passed(proxy):
    target = EchoTarget()
    port = proxy(target.port)
    request = b"\5\1\0\5\1\0\1\x7f\0\0\1" + target.port.to_bytes(2, "big")

    def trickle(pause):
        with connect(port) as client:
            try:
                for byte in request:
                    client.sendall(bytes([byte]))
                    time.sleep(pause)
                return client.recv(2)
            except OSError:
                return b""

    with concurrent.futures.ThreadPoolExecutor() as executor:
        quick, slow = executor.map(trickle, [0.2, 1])
    assert quick == b"\5\0"
    assert slow == b""
    target.close()


def test_the_peer_is_the_proxy_and_this_side_the_way_out(make_pair, web):
    pair = make_pair([], serve_options=["--permit-listen", "*"])
    child, (port,) = pair.connecting.forward(
        "homebox", ["-R", "0"], ["-o", f"PermitRemoteOpen=localhost:{web.port}"])
    other = WebServer()

    permitted = curl("-x", f"socks5h://{ADDRESS}:{port}", f"http://localhost:{web.port}/")
    forbidden = curl("-x", f"socks5h://{ADDRESS}:{port}", f"http://localhost:{other.port}/")

    assert permitted.stdout == f"GET / localhost:{web.port} "
    assert forbidden.returncode == 97 and "(2)" in forbidden.stderr
    child.stop(5)
    other.stop()


def test_a_proxy_at_the_peer_is_not_for_other_machines(make_pair):
    pair = make_pair([], serve_options=["--permit-listen", "*", "--gateway-ports", "clientspecified"])

    done = pair.connecting.run("-R", "*:0", "homebox")

    assert done.returncode in (5, 6)
    assert "without a password" in done.stderr
