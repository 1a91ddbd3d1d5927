"""The web server of a node, before curl, Python's own client, aiohttp and raw sockets."""

import asyncio
import http.client
import json
import os
import signal
import socket
import ssl
import subprocess
import time

import pytest

from node import ROOT, Node, free_port

CERTIFICATES = os.path.join(ROOT, "Tests/Support/Certificates")
AUTHORITY = os.path.join(CERTIFICATES, "authority.pem")
CERTIFICATE = os.path.join(CERTIFICATES, "server.pem")
KEY = os.path.join(CERTIFICATES, "server.key")


class Web:
    """A serving node with a web server."""

    def __init__(self, *options, listen="127.0.0.1", port=None, configuration=None):
        self.node = Node("web")
        self.port = free_port() if port is None else port
        words = ["--web", f"{listen}:{self.port}"]
        if configuration:
            with open(os.path.join(self.node.home, "p2pfwd.yaml"), "w") as file:
                file.write(configuration.format(port=self.port))
            words = []
        self.child = self.node.serve("127.0.0.1:0", [], [*words, *options])
        self.url = self.child.errors.wait_for(r"web: (http.*)/$", 15).group(1)
        self.port = int(self.url.rsplit(":", 1)[1])

    def curl(self, path, *words):
        """(status, body) as curl sees them."""
        done = subprocess.run(
            ["curl", "-sS", "--max-time", "10", "-w", "\n%{http_code}", *words, self.url + path],
            capture_output=True, text=True, timeout=20)
        if done.returncode:
            return done.returncode, done.stderr
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), body

    def raw(self, data, timeout=15):
        """All that comes back for these bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as client:
            client.sendall(data)
            received = b""
            while part := client.recv(65536):
                received += part
            return received

    def remove(self):
        self.child.kill()
        self.node.remove()


@pytest.fixture
def web():
    started = []

    def start(*options, **named):
        started.append(Web(*options, **named))
        return started[-1]

    yield start
    for one in started:
        one.remove()


# Requests

def test_curl_gets_an_answer_by_every_name(web):
    server = web("--web-host", "node.example")

    assert server.curl("/v0/health") == (200, '{"status":"ok"}\n')
    assert server.curl("/v0/health?token=x", "-H", "Host: localhost:99")[0] == 200
    assert server.curl("/v0/health", "-H", "Host: node.example")[0] == 200
    assert server.curl("/v0/health", "-I")[0] == 200
    assert server.curl("/nothing")[0] == 404
    assert server.curl("/v0/health", "-d", "x=1")[0] == 405
    assert server.curl("/v0/health", "-H", "Expect: 100-continue", "-d", "x" * 2000)[0] == 405
    assert server.curl("/v0/health", "--http1.0")[0] == 200
    assert "token" not in "\n".join(server.child.errors.lines)


def test_strangers_are_kept_out(web):
    server = web("-v")

    for field in ("Host: evil.example", "Host: 127.0.0.2", "Host: 2130706433"):
        status, body = server.curl("/v0/health?token=secret", "-H", field)
        assert (status, json.loads(body)["error"]["code"]) == (421, "forbidden_host")
    for origin in ("https://evil.example", "null", "http://localhost:1"):
        status, body = server.curl("/v0/health", "-H", f"Origin: {origin}")
        assert (status, json.loads(body)["error"]["code"]) == (403, "forbidden_origin")
        assert json.loads(body)["detail"] == json.loads(body)["error"]["message"]
    assert server.curl("/v0/health", "-H", "Sec-Fetch-Site: cross-site")[0] == 403
    assert server.curl("/v0/health", "-H", f"Origin: {server.url}")[0] == 200
    server.child.errors.wait_for("a request from .* was refused", 5)
    assert "secret" not in "\n".join(server.child.errors.lines)


def test_a_connection_serves_many_requests(web):
    server = web()
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    sockets = set()

    for _ in range(50):
        client.request("GET", "/v0/health")
        response = client.getresponse()
        assert json.loads(response.read()) == {"status": "ok"}
        assert response.headers["Cache-Control"] == "no-store"
        sockets.add(client.sock.getsockname())

    assert len(sockets) == 1


def test_aiohttp_asks_many_times_at_once(web):
    aiohttp = pytest.importorskip("aiohttp")
    server = web()

    async def ask():
        async with aiohttp.ClientSession() as session:
            async def one(number):
                async with session.get(f"{server.url}/v0/health?{number}") as response:
                    return await response.json()
            return await asyncio.gather(*(one(number) for number in range(200)))

    assert asyncio.run(ask()) == [{"status": "ok"}] * 200


@pytest.mark.parametrize("request_, status", [
    (b"GET / HTTP/1.1\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + b"x" * 9216 + b"\r\n\r\n", b"431"),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: b\r\n" * 64 + b"\r\n", b"431"),
    (b"GET / HTTP/1.1\nHost: localhost\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\nA: \0\r\n\r\n", b"400"),
    (b"GET / HTTP/1.1\r\nHost: localhost\r\n b\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 65537\r\n\r\n", b"413"),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"400"),
], ids=["no-host", "long", "fields", "line-feed", "nul", "folded", "two-lengths", "body", "tls"])
def test_rows_44_and_46(web, request_, status):
    server = web()

    answer = server.raw(request_)

    assert answer.startswith(b"HTTP/1.1 " + status), answer[:200]
    assert b"Connection: close\r\n" in answer
    assert server.curl("/v0/health")[0] == 200


@pytest.mark.slow
def test_a_slow_request_ends_after_ten_seconds_and_harms_nobody(web):
    server = web()
    begun = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    for client in slow:
        client.sendall(b"GET / HT")

    assert server.curl("/v0/health")[0] == 200
    for client in slow:
        client.settimeout(20)
        assert client.recv(4096).startswith(b"HTTP/1.1 408 ")
        client.close()
    assert 8 < time.monotonic() - begun < 20


# TLS

def test_tls_and_who_may_listen_where(web):
    server = web("--web-tls-cert", CERTIFICATE, "--web-tls-key", KEY, listen="0.0.0.0")
    assert server.url == f"https://127.0.0.1:{server.port}"
    assert server.curl("/v0/health", "--cacert", AUTHORITY)[0] == 200
    assert server.curl("/v0/health")[0] == 60

    node = Node("web")
    refused = node.run("serve", "--listen", "127.0.0.1:0", "--web", f"0.0.0.0:{free_port()}")
    assert refused.returncode == 5
    assert "--web-plain" in refused.stderr
    node.remove()


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def client_certificates(tmp_path_factory):
    """A folder with an authority, a client's certificate by it and one by somebody else."""
    folder = tmp_path_factory.mktemp("clients")
    for name in ("ca", "other"):
        openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", f"{name}.key",
                "-out", f"{name}.pem")
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", "/O=x/CN=alice", "-keyout", f"{name}-client.key", "-out", "request.pem")
        openssl(folder, "x509", "-req", "-in", "request.pem", "-CA", f"{name}.pem", "-CAkey",
                f"{name}.key", "-CAcreateserial", "-days", "2", "-out", f"{name}-client.pem")
    return str(folder)


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_clients_may_have_certificates(web, client_certificates, version):
    server = web("--web-tls-cert", CERTIFICATE, "--web-tls-key", KEY, "--web-client-ca",
                 f"{client_certificates}/ca.pem")
    words = ["--cacert", AUTHORITY, "--tls-max", version, "--tlsv1.2"]

    def by(name):
        return server.curl("/v0/health", *words, "--cert", f"{client_certificates}/{name}.pem",
                           "--key", f"{client_certificates}/{name}.key")[0]

    assert server.curl("/v0/health", *words)[0] == 200
    assert by("ca-client") == 200
    assert by("other-client") in (35, 52, 55, 56)


# The configuration file

CONFIGURATION = """web:
  listen: {port}
  hosts: [node.example]
  origins: https://app.example
  clients: 40
"""


def test_the_configuration_file_says_all_of_it(web):
    server = web(configuration=CONFIGURATION)

    assert server.curl("/v0/health", "-H", "Host: node.example")[0] == 200
    done = subprocess.run(
        ["curl", "-sSi", "-H", "Origin: https://app.example", server.url + "/v0/health"],
        capture_output=True, text=True, timeout=20)
    assert "access-control-allow-origin: https://app.example" in done.stdout.lower()
    assert server.node.check("config", "get", "web.clients") == "40\n"
    shown = server.node.check("config", "show")
    assert f"  listen: {server.port}" in shown
    with open(os.path.join(server.node.home, "p2pfwd.yaml"), "w") as file:
        file.write("web:\n  listen: 1\n")
    server.child.signal(signal.SIGHUP)
    server.child.errors.wait_for("from the next start on: web", 10)
    assert server.curl("/v0/health")[0] == 200


def test_connections_are_bounded_per_source(web):
    server = web("--web-clients", "20")
    clients = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(10)]
    for client in clients:
        client.settimeout(10)
        client.sendall(b"GET /v0/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert client.recv(4096).startswith(b"HTTP/1.1 200 ")

    assert server.curl("/v0/health")[0] in (7, 52, 56)
    server.child.errors.wait_for("too many connections", 5)
    for client in clients:
        client.close()
    deadline = time.monotonic() + 5
    while server.curl("/v0/health")[0] != 200:
        assert time.monotonic() < deadline


# Peers

def test_a_peer_that_reaches_the_port_through_the_node_is_no_local_caller(make_pair):
    port = free_port()
    pair = make_pair([f"localhost:{port}"], serve_options=["--web", f"127.0.0.1:{port}"])
    _, (through,) = pair.forward(f"localhost:{port}")

    def ask(port, method, path):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        client.request(method, path)
        return client.getresponse().status

    assert ask(port, "PUT", "/v0/token") in (200, 201)
    assert ask(through, "GET", "/v0/health") == 200
    assert ask(through, "PUT", "/v0/token") == 403
    assert ask(through, "GET", "/metrics") in (401, 403)


# Handover

@pytest.mark.parametrize("port", [None, 0])
def test_the_server_goes_on_after_a_handover(web, port):
    server = web(port=port)
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    client.request("GET", "/v0/health")
    client.getresponse().read()

    for _ in range(3):
        seen = len(server.child.errors.lines)
        server.child.signal(signal.SIGUSR2)
        server.child.errors.wait_for(rf"web: {server.url}/$", 20, start=seen)
        assert server.curl("/v0/health", "--retry", "3", "--retry-connrefused")[0] == 200
    assert server.child.process.poll() is None
