"""WebSockets before independent judges: Autobahn|Testsuite and implementations of others."""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from node import ROOT, find_program, free_port
from processes import Child

pytestmark = pytest.mark.tools

CERTIFICATES = os.path.join(ROOT, "Tests/Support/Certificates")
AUTHORITY = os.path.join(CERTIFICATES, "authority.pem")
# P2PFWD_AUTOBAHN names other cases to judge, such as those of speed, "9.*", or all those of
# compression, "12.* 13.*", which take half an hour.
CHOSEN = os.environ.get("P2PFWD_AUTOBAHN", "").split()
CASES = CHOSEN or ["*"]
LEFT_OUT = [] if CHOSEN else ["9.*", "12.*", "13.*"]
LIMIT = 7_200 if CHOSEN else 540
# Of each kind of content and of window one.
COMPRESSION_CASES = ["12.1.3", "12.2.4", "12.3.5", "12.4.11", "12.5.3",
                     "13.2.2", "13.3.3", "13.5.2", "13.7.4"]
COMPRESSION = ["--compression", "6", "--compression-threshold", "0"]
LENGTHS = [0, 1, 125, 126, 65_535, 65_536, 1_000_000]


def web_echo():
    try:
        return find_program("web-echo")
    except FileNotFoundError as error:
        pytest.skip(str(error))


def wstest():
    """Autobahn's program, which needs Python 2.7."""
    for path in (os.environ.get("WSTEST"), os.path.join(ROOT, ".venv-autobahn/bin/wstest"),
                 shutil.which("wstest")):
        if path and os.access(path, os.X_OK):
            return path
    pytest.skip("Autobahn's wstest is not installed: it needs Python 2.7")


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def echo_server(request):
    """(scheme, port) of our echo server."""
    words = [web_echo(), "serve", "--listen", "127.0.0.1:0"]
    if request.param:
        words += ["--certificate", os.path.join(CERTIFICATES, "server.pem"),
                  "--key", os.path.join(CERTIFICATES, "server.key")]
    child = Child(words)
    address = child.output.wait_for(r"^listening (.*)$", 10).group(1)
    yield ("wss" if request.param else "ws"), int(address.split(":")[1])
    child.kill()


def client_context(scheme):
    return ssl.create_default_context(cafile=AUTHORITY) if scheme == "wss" else None


def server_context(is_secure):
    if not is_secure:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(CERTIFICATES, "server.pem"),
                            os.path.join(CERTIFICATES, "server.key"))
    return context


def payload(length):
    return bytes((number * 31 >> 2) & 0xff for number in range(length))


# Autobahn

def check_report(folder, agent, least=1 if CHOSEN else 200):
    with open(os.path.join(folder, "index.json")) as file:
        cases = json.load(file)[agent]
    behaviour = {}
    for number, case in cases.items():
        verdict = case["behavior"]
        if verdict not in ("OK", "INFORMATIONAL") or case["behaviorClose"] not in (
                "OK", "INFORMATIONAL"):
            behaviour[number] = (verdict, case["behaviorClose"])
    print(f"{len(cases)} cases, not OK: {behaviour}")
    assert len(cases) >= least
    assert behaviour == {}


def write_specification(folder, cases, **members):
    path = os.path.join(folder, "specification.json")
    with open(path, "w") as file:
        json.dump({"outdir": os.path.join(folder, "report"), "cases": cases or CASES,
                   "exclude-cases": [] if cases else LEFT_OUT, "exclude-agent-cases": {}, **members}, file)
    return path


def judge_server(folder, cases, *options):
    """Has Autobahn's client judge our server."""
    program = wstest()
    server = Child([web_echo(), "serve", "--listen", "127.0.0.1:0", *options])
    address = server.output.wait_for(r"^listening (.*)$", 10).group(1)
    specification = write_specification(
        folder, cases, servers=[{"agent": "server", "url": f"ws://{address}"}])

    subprocess.run([program, "-m", "fuzzingclient", "-s", specification], check=True,
                   timeout=LIMIT, capture_output=True)


def judge_client(folder, cases, *options):
    """Has Autobahn's server judge our client."""
    program = wstest()
    port = free_port()
    specification = write_specification(folder, cases, url=f"ws://127.0.0.1:{port}")
    Child([program, "-m", "fuzzingserver", "-u", "0", "-s", specification])
    wait_for_port(port)

    subprocess.run([web_echo(), "cases", "--connect", f"127.0.0.1:{port}", "--agent", "client",
                    *options], check=True, timeout=LIMIT)


@pytest.mark.slow
def test_autobahn_finds_no_fault_with_our_server(tmp_path):
    judge_server(tmp_path, None, *(COMPRESSION if CHOSEN else []))

    check_report(tmp_path / "report", "server")


@pytest.mark.slow
def test_autobahn_finds_no_fault_with_our_client(tmp_path):
    judge_client(tmp_path, None, *(COMPRESSION if CHOSEN else []))

    check_report(tmp_path / "report", "client")


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--keep-context"]], ids=["forgetting", "keeping"])
@pytest.mark.parametrize("judge", [judge_server, judge_client], ids=["server", "client"])
def test_autobahn_finds_no_fault_with_our_compression(judge, options, tmp_path):
    judge(tmp_path, COMPRESSION_CASES, *COMPRESSION, *options)

    check_report(tmp_path / "report", judge.__name__.removeprefix("judge_"),
                 len(COMPRESSION_CASES))


def wait_for_port(port):
    for _ in range(200):
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.05)
    raise TimeoutError(f"nobody listens at {port}")


# Implementations of others as clients of our server

def test_websockets_as_client(echo_server):
    client = pytest.importorskip("websockets.sync.client")
    scheme, port = echo_server

    with client.connect(f"{scheme}://localhost:{port}/", ssl=client_context(scheme),
                        compression=None, max_size=None) as connection:
        for length in LENGTHS:
            connection.send(payload(length))
            assert connection.recv(timeout=20) == payload(length)
        connection.send(["fr", "agm", "ents \u20ac"])
        assert connection.recv(timeout=20) == "fragments \u20ac"
        assert connection.ping().wait(20)
        connection.close(4000, "enough")

    assert connection.close_code == 4000


def test_aiohttp_as_client(echo_server):
    aiohttp = pytest.importorskip("aiohttp")
    scheme, port = echo_server

    async def talk():
        async with aiohttp.ClientSession() as session:
            # Compression is offered and declined.
            async with session.ws_connect(
                    f"{scheme}://localhost:{port}/", ssl=client_context(scheme) or True,
                    compress=15, max_msg_size=0) as connection:
                assert not connection.compress
                for length in LENGTHS:
                    await connection.send_bytes(payload(length))
                    assert (await connection.receive()).data == payload(length)
                await connection.send_str("text \u20ac")
                assert (await connection.receive()).data == "text \u20ac"
                await connection.close(code=1001)
                return connection.close_code

    assert asyncio.run(asyncio.wait_for(talk(), 30)) == 1001


@pytest.mark.parametrize("frame, code", [
    (b"\x81\x01A", 1002), (b"\xc1\x80\0\0\0\0", 1002), (b"\x83\x80\0\0\0\0", 1002),
    (b"\x82\xff\x80\0\0\0\0\0\0\0", 1002), (b"\x82\xff\0\0\1\0\0\0\0\0\0\0\0\0", 1009),
    (b"\x81\x82\0\0\0\0\xc0\x80", 1007), (b"\x88\x82\0\0\0\0\x03\xed", 1002),
])
def test_wsproto_reads_our_refusals(echo_server, frame, code):
    wsproto = pytest.importorskip("wsproto")
    events = pytest.importorskip("wsproto.events")
    scheme, port = echo_server
    plain = socket.create_connection(("127.0.0.1", port), timeout=10)
    context = client_context(scheme)
    with context.wrap_socket(plain, server_hostname="localhost") if context else plain as peer:
        connection = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        peer.sendall(connection.send(events.Request(host="localhost", target="/")))
        seen = []
        while not any(isinstance(event, events.AcceptConnection) for event in seen):
            connection.receive_data(peer.recv(4096))
            seen += connection.events()

        peer.sendall(frame)
        while not any(isinstance(event, events.CloseConnection) for event in seen):
            connection.receive_data(peer.recv(4096))
            seen += connection.events()

    assert seen[-1].code == code


def test_curl_as_client(echo_server):
    scheme, port = echo_server
    url = f"{'https' if scheme == 'wss' else 'http'}://localhost:{port}"
    command = ["curl", "--silent", "--include", "--cacert", AUTHORITY, "--max-time", "5"]
    upgrade = ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "--http1.1",
               "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="]

    def status(*words):
        done = subprocess.run([*command, *words], capture_output=True, timeout=20)
        return done.stdout.decode(errors="replace").split("\r\n")

    assert status(f"{url}/")[0] == "HTTP/1.1 426 Upgrade Required"
    assert status(f"{url}/elsewhere")[0] == "HTTP/1.1 404 Not Found"
    assert status("-d", "x", f"{url}/")[0] == "HTTP/1.1 405 Method Not Allowed"
    assert status("-H", "Host:", f"{url}/")[0] == "HTTP/1.1 400 Bad Request"
    old = status(*upgrade, "-H", "Sec-WebSocket-Version: 8", f"{url}/")
    assert old[0] == "HTTP/1.1 426 Upgrade Required" and "Sec-WebSocket-Version: 13" in old
    long = status("-H", "A: " + "b" * 9216, f"{url}/")
    assert long[0] == "HTTP/1.1 431 Request Header Fields Too Large"
    # curl waits for more until its time is over; the answer is there.
    good = status(*upgrade, "--max-time", "1", "-H", "Sec-WebSocket-Version: 13", f"{url}/")
    assert good[0] == "HTTP/1.1 101 Switching Protocols"
    assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in good


# Implementations of others as servers of our client

class WebSocketsServer:
    """An echo server of `websockets` in a thread."""

    def __init__(self, is_secure):
        server = pytest.importorskip("websockets.sync.server")
        self.port = free_port()
        self._server = server.serve(
            self._echo, "127.0.0.1", self.port, ssl=server_context(is_secure), max_size=None)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @staticmethod
    def _echo(connection):
        for message in connection:
            connection.send(message)

    def close(self):
        self._server.shutdown()


@pytest.fixture(params=[False, True], ids=["plain", "tls"])
def websockets_server(request):
    server = WebSocketsServer(request.param)
    yield server, (["--tls-ca", AUTHORITY] if request.param else [])
    server.close()


def run_client(*words):
    return subprocess.run([web_echo(), *map(str, words)], capture_output=True, text=True,
                          timeout=60)


def test_websockets_as_server(websockets_server):
    server, options = websockets_server

    done = run_client("send", "--connect", f"localhost:{server.port}", *options)

    assert done.stdout == "10 messages echoed\n", done.stderr


def test_the_name_in_the_certificate_counts(websockets_server):
    server, options = websockets_server
    if not options:
        pytest.skip("there is no certificate")

    done = run_client("send", "--connect", f"other.localhost:{server.port}", *options)

    assert "the server's certificate is not for other.localhost" in done.stderr
    assert done.returncode != 0


class HTTPProxy:
    """Passes one CONNECT on, to whom it asks for; wants `Basic dXNlcjpzZWNyZXQ=`."""

    def __init__(self):
        self.requests = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self):
        self._listener.close()

    def _serve(self):
        near, _ = self._listener.accept()
        request = b""
        while b"\r\n\r\n" not in request:
            request += near.recv(4096)
        self.requests.append(request.decode())
        if b"Basic dXNlcjpzZWNyZXQ=" not in request:
            near.sendall(b"HTTP/1.1 407 Authentication Required\r\n\r\n")
            return near.close()
        host, port = request.split()[1].decode().rsplit(":", 1)
        far = socket.create_connection((host, int(port)))
        near.sendall(b"HTTP/1.1 200 Connection established\r\nContent-Length: 7\r\n\r\n")
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pass, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pass(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_a_proxy_stands_between(websockets_server):
    server, options = websockets_server
    proxy = HTTPProxy()

    done = run_client("send", "--connect", f"localhost:{server.port}", *options,
                      "--proxy", f"http://user:secret@127.0.0.1:{proxy.port}")

    proxy.close()
    assert done.stdout == "10 messages echoed\n", done.stderr
    assert proxy.requests[0].startswith(f"CONNECT localhost:{server.port} HTTP/1.1\r\n")


def test_a_refusing_proxy_is_told_without_the_password(websockets_server):
    server, options = websockets_server
    proxy = HTTPProxy()

    done = run_client("send", "--connect", f"localhost:{server.port}", *options,
                      "--proxy", f"http://user:wrong@127.0.0.1:{proxy.port}")

    proxy.close()
    assert "the proxy does not take this user and password" in done.stderr
    assert "wrong" not in done.stderr.replace("user and password", "")
