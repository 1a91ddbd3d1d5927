"""permessage-deflate (RFC 7692) before implementations of others, as clients and as servers."""

import asyncio
import json
import random
import socket
import subprocess
import threading
import zlib

import pytest

from node import find_program, free_port
from processes import Child

pytestmark = pytest.mark.tools

SHORT = "short"
TEXT = json.dumps([{"number": number, "name": f"name {number * 7919 % 1009} \u20ac"}
                   for number in range(3_000)], ensure_ascii=False)
NOISE = random.Random(5).randbytes(70_000)
MESSAGES = [SHORT, "", TEXT[:2_000], TEXT, TEXT.encode()[:100_000], NOISE, b"", TEXT[:2_000]]


def web_echo():
    try:
        return find_program("web-echo")
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.fixture(params=[[], ["--keep-context"]], ids=["forgetting", "keeping"])
def echo_port(request):
    """The port of our echo server, which compresses what has 10 bytes or more."""
    child = Child([web_echo(), "serve", "--listen", "127.0.0.1:0", "--compression", "6",
                   "--compression-threshold", "10", *request.param])
    address = child.output.wait_for(r"^listening (.*)$", 10).group(1)
    yield int(address.split(":")[1])
    child.kill()


# As clients of our server

OFFERS = [
    {}, {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
    {"server_max_window_bits": 9}, {"client_max_window_bits": 9}, {"client_max_window_bits": None},
    {"server_max_window_bits": 15, "client_max_window_bits": 15,
     "server_no_context_takeover": True, "client_no_context_takeover": True},
]


@pytest.mark.parametrize("offer", OFFERS, ids=lambda offer: ",".join(offer) or "default")
def test_websockets_as_client(echo_port, offer):
    client = pytest.importorskip("websockets.sync.client")
    deflate = pytest.importorskip("websockets.extensions.permessage_deflate")
    extensions = [deflate.ClientPerMessageDeflateFactory(**offer)]

    with client.connect(f"ws://127.0.0.1:{echo_port}/", compression=None, max_size=None,
                        extensions=extensions) as connection:
        agreed = connection.protocol.extensions
        for message in MESSAGES * 2:
            connection.send(message)
            assert connection.recv(timeout=20) == message
        connection.send([TEXT[:1_000], TEXT[1_000:1_001], TEXT[1_001:30_000]])
        assert connection.recv(timeout=20) == TEXT[:30_000]

    assert len(agreed) == 1
    assert connection.close_code == 1000


def test_an_offer_that_cannot_be_met_is_declined(echo_port):
    client = pytest.importorskip("websockets.sync.client")
    deflate = pytest.importorskip("websockets.extensions.permessage_deflate")
    smallest = deflate.ClientPerMessageDeflateFactory(server_max_window_bits=8)

    with client.connect(f"ws://127.0.0.1:{echo_port}/", compression=None,
                        extensions=[smallest]) as connection:
        assert connection.protocol.extensions == []
        connection.send(TEXT[:2_000])
        assert connection.recv(timeout=20) == TEXT[:2_000]


def test_aiohttp_as_client(echo_port):
    aiohttp = pytest.importorskip("aiohttp")

    async def talk():
        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(
                    f"ws://127.0.0.1:{echo_port}/", compress=15, max_msg_size=0) as connection:
                assert connection.compress == 15
                for message in MESSAGES * 2:
                    if isinstance(message, str):
                        await connection.send_str(message)
                    else:
                        await connection.send_bytes(message)
                    assert (await connection.receive()).data == message
                await connection.close()
                return connection.close_code

    assert asyncio.run(asyncio.wait_for(talk(), 60)) == 1000


class RawClient:
    """A client of wsproto, which shows the bytes that pass."""

    def __init__(self, port, *extensions):
        self._wsproto = pytest.importorskip("wsproto")
        self._events = pytest.importorskip("wsproto.events")
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._connection = self._wsproto.WSConnection(self._wsproto.ConnectionType.CLIENT)
        self._seen = []
        self.received_count = 0
        self._socket.sendall(self._connection.send(self._events.Request(
            host="localhost", target="/", extensions=list(extensions))))
        self.accepted = self._next(self._events.AcceptConnection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _next(self, kind):
        while True:
            for index, event in enumerate(self._seen):
                if isinstance(event, kind):
                    del self._seen[:index + 1]
                    return event
            data = self._socket.recv(65_536)
            self.received_count += len(data)
            self._connection.receive_data(data or None)
            self._seen += self._connection.events()

    def echo(self, text):
        """Returns the echo of a text, and how many bytes it took on its way back."""
        before = self.received_count
        self._socket.sendall(self._connection.send(self._events.TextMessage(data=text)))
        parts = []
        while True:
            event = self._next(self._events.TextMessage)
            parts.append(event.data)
            if event.message_finished:
                return "".join(parts), self.received_count - before

    def send_frame(self, first, payload):
        """Sends a masked frame; returns the code of the close frame that answers it."""
        length = (bytes([0x80 | len(payload)]) if len(payload) < 126
                  else bytes([0xfe]) + len(payload).to_bytes(2, "big") if len(payload) < 65_536
                  else bytes([0xff]) + len(payload).to_bytes(8, "big"))
        self._socket.sendall(bytes([first]) + length + bytes(4) + payload)
        return self._next(self._events.CloseConnection).code


def per_message_deflate(**options):
    extensions = pytest.importorskip("wsproto.extensions")
    return extensions.PerMessageDeflate(**options)


def test_wsproto_as_client(echo_port):
    deflate = per_message_deflate(client_max_window_bits=12, server_max_window_bits=12)
    with RawClient(echo_port, deflate) as client:
        assert client.accepted.extensions == [deflate]
        first, first_count = client.echo(TEXT)
        second, _ = client.echo(TEXT)

    assert first == second == TEXT
    assert first_count < len(TEXT) / 3


def raw_deflate(payload):
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (compressor.compress(payload) + compressor.flush(zlib.Z_SYNC_FLUSH))[:-4]


@pytest.mark.parametrize("first, payload, code", [
    # Bombs: of a hundred times their length and more, and beyond the limit of this server.
    (0xc2, raw_deflate(bytes(1_000_000)), 1008), (0xc2, raw_deflate(bytes(200 << 20)), 1008),
    (0xc1, raw_deflate(b"\xff"), 1007), (0xc1, raw_deflate(b"\xe2\x82"), 1007),
    (0xc2, b"\xff\xff", 1007), (0xc2, raw_deflate(TEXT.encode())[:-9], 1007), (0xc2, b"", 1007),
    (0xc9, b"", 1002), (0xe2, b"\0", 1002), (0xc0, b"\0", 1002),
], ids=["bomb", "large-bomb", "text", "cut-text", "garbage", "cut", "nothing", "ping", "reserved",
        "continuation"])
def test_what_is_wrong_is_told(echo_port, first, payload, code):
    with RawClient(echo_port, per_message_deflate()) as client:
        assert client.send_frame(first, payload) == code


def test_a_mark_that_was_not_agreed_on_is_refused():
    child = Child([web_echo(), "serve", "--listen", "127.0.0.1:0"])
    port = int(child.output.wait_for(r"^listening .*:(\d+)$", 10).group(1))

    with RawClient(port, per_message_deflate()) as client:
        assert client.accepted.extensions == []
        assert client.send_frame(0xc1, raw_deflate(b"a")) == 1002


# As servers of our client

@pytest.mark.parametrize("words", [[], ["--keep-context"]], ids=["forgetting", "keeping"])
@pytest.mark.parametrize("answer", [
    {}, {"server_no_context_takeover": True}, {"client_no_context_takeover": True},
    {"server_max_window_bits": 9}, {"client_max_window_bits": 9}, {"client_max_window_bits": 15},
], ids=lambda answer: ",".join(answer) or "default")
def test_websockets_as_server(words, answer):
    module = pytest.importorskip("websockets.sync.server")
    deflate = pytest.importorskip("websockets.extensions.permessage_deflate")
    port = free_port()
    agreed = []

    def echo(connection):
        agreed.append(len(connection.protocol.extensions))
        for message in connection:
            connection.send(message)

    server = module.serve(
        echo, "127.0.0.1", port, compression=None, max_size=None,
        extensions=[deflate.ServerPerMessageDeflateFactory(**answer)])
    threading.Thread(target=server.serve_forever, daemon=True).start()

    done = subprocess.run(
        [web_echo(), "send", "--connect", f"localhost:{port}", "--compression", "9",
         "--compression-threshold", "10", *words], capture_output=True, text=True, timeout=60)

    server.shutdown()
    assert done.stdout == "10 messages echoed\n", done.stderr
    assert agreed == [1]
