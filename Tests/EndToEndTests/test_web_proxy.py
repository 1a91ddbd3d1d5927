"""/v0/ws/proxy: links between two nodes that name each other, and flows to a peer's target, with
WebSocket clients that others wrote."""

import asyncio
import base64
import hashlib
import json
import os
import socket
import threading
import time

import pytest
import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus

from node import free_port
from support import EchoTarget
from web import (KEY, WebNode, call, connected_pair, open_web_socket, receive, text,
                 wait_for_status)


@pytest.fixture
def nodes():
    """Two nodes that know nothing of each other."""
    nodes = [WebNode("near"), WebNode("far")]
    yield nodes
    for node in nodes:
        node.stop()


@pytest.fixture
def ends(nodes):
    """Two connected clients, with a key of their own."""
    key = hashlib.sha256(str(time.monotonic_ns()).encode()).hexdigest()
    clients = connected_pair(*nodes, key=key)
    yield clients
    for client in clients:
        client.close()


@pytest.fixture
def web_pair(make_pair):
    """(the peer, a node with a web server that is paired with it)"""
    pair = make_pair(["localhost:*"])
    web = WebNode(node=pair.connecting)
    yield pair, web
    if web.server.is_alive:
        web.server.stop(5)


def closing(client, timeout=20):
    """(code, reason, what came before) of a WebSocket that is being closed."""
    said = []
    try:
        while True:
            said.append(receive(client, timeout))
    except ConnectionClosed as error:
        frame = error.rcvd
        return (frame.code, frame.reason, said) if frame else (None, "", said)


def refusal(url, **options):
    """(status, code, body) of a request that opens no WebSocket."""
    with pytest.raises(InvalidStatus) as info:
        open_web_socket(url, **options)
    response = info.value.response
    body = json.loads(response.body)
    assert body["detail"] == body["error"]["message"]
    return response.status_code, body["error"]["code"], response.body.decode()


# Links

def test_the_states_are_told_as_older_servers_told_them(nodes):
    near, far = nodes
    first = open_web_socket(near.link_url(far.udp_port, client_id="web-1", key=KEY + " states"))
    said = [receive(first), receive(first)]

    second = open_web_socket(far.link_url(near.udp_port, key=KEY + " states"))
    said += wait_for_status(first, "UDP_ESTABLISHED")
    wait_for_status(second, "UDP_ESTABLISHED")

    said = [message for index, message in enumerate(said)
            if index == 0 or message["status"] != said[index - 1]["status"]]
    assert [message["status"] for message in said] == [
        "CONNECTED", "UDP_WAITING", "UDP_ESTABLISHED"]
    for message in said:
        assert list(message) == ["type", "status", "message", "connection_id"]
        assert message["type"] == "status" and message["message"]
        assert message["connection_id"] == f"web-1_127.0.0.1_{far.udp_port}"
    first.send(text("Grüße"))
    assert receive(second) == {"type": "data", "format": "text", "data": "Grüße"}
    second.send(json.dumps({"type": "data", "format": "binary", "data": "AP8="}))
    assert receive(first) == {"type": "data", "format": "binary", "data": "AP8="}
    first.close()
    assert wait_for_status(second, "RECONNECTING")[-1]["type"] == "status"
    second.close()


def test_a_connection_without_client_id_gets_one(nodes):
    near, far = nodes
    with open_web_socket(near.link_url(far.udp_port, key=KEY + " id")) as client:
        name, host, port = receive(client)["connection_id"].split("_")

    assert len(name) == 32 and int(name, 16) >= 0
    assert (host, port) == ("127.0.0.1", str(far.udp_port))


def test_a_link_comes_back_when_the_other_end_does(nodes):
    near, far = nodes
    key = KEY + " again"
    first, second = connected_pair(near, far, key=key)
    second.close()
    wait_for_status(first, "RECONNECTING")

    second = open_web_socket(far.link_url(near.udp_port, key=key))
    wait_for_status(first, "UDP_ESTABLISHED", timeout=40)
    wait_for_status(second, "UDP_ESTABLISHED")

    first.send(text("again"))
    assert receive(second)["data"] == "again"
    first.close()
    second.close()


def test_messages_keep_their_order_kind_and_borders(ends):
    first, second = ends
    messages = [("text", "x" * (number * 37 % 900)) if number % 3 else
                ("binary", base64.b64encode(bytes([number % 256] * (number % 50))).decode())
                for number in range(500)]

    def send():
        for kind, data in messages:
            first.send(json.dumps({"type": "data", "format": kind, "data": data}))

    sender = threading.Thread(target=send)
    sender.start()
    received = [receive(second) for _ in messages]
    sender.join()

    assert [(message["format"], message["data"]) for message in received] == messages


def test_binary_frames_carry_large_messages(nodes):
    key = KEY + " large"
    first, second = connected_pair(*nodes, key=key, frames="binary")
    payload = bytes(range(256)) * 4096

    def send():
        for _ in range(16):
            first.send(payload)

    sender = threading.Thread(target=send)
    sender.start()
    received = [receive(second) for _ in range(16)]
    sender.join()

    assert all(message == payload for message in received)
    first.close()
    second.close()


def test_what_was_said_before_an_orderly_close_arrives(nodes):
    key = KEY + " last words"
    first, second = connected_pair(*nodes, key=key, frames="binary")
    payload = bytes(1 << 20)

    for _ in range(4):
        first.send(payload)
    first.close()

    assert sum(len(receive(second)) for _ in range(4)) == 4 << 20
    second.close()


def test_the_key_may_come_first(nodes):
    near, far = nodes
    url = near.url(token=near.token(), remote_host="127.0.0.1", remote_port=far.udp_port)
    first = open_web_socket(url)
    assert receive(first)["status"] == "CONNECTED"
    first.send(json.dumps({"type": "key", "encryption_key": KEY + " first"}))
    assert receive(first)["status"] == "UDP_WAITING"

    second = open_web_socket(far.link_url(near.udp_port, key=KEY + " first"))
    wait_for_status(first, "UDP_ESTABLISHED")
    first.close()
    second.close()


def test_a_key_that_never_comes_ends_the_web_socket(nodes):
    near, far = nodes
    client = open_web_socket(
        near.url(token=near.token(), remote_host="127.0.0.1", remote_port=far.udp_port))
    began = time.monotonic()

    code, _, said = closing(client)

    assert code == 1008 and said[-1]["code"] == "KEY_MISSING"
    assert 8 < time.monotonic() - began < 20


def test_secrets_may_stay_out_of_the_url(nodes):
    near, far = nodes
    key = base64.urlsafe_b64encode((KEY + " hidden").encode()).decode().rstrip("=")
    first = open_web_socket(
        near.url(remote_host="127.0.0.1", remote_port=far.udp_port),
        subprotocols=["p2pfwd", f"token.{near.token()}", f"key.{key}"])
    second = open_web_socket(
        far.url(remote_host="127.0.0.1", remote_port=near.udp_port,
                encryption_key=KEY + " hidden"),
        additional_headers={"Authorization": f"Bearer {far.token()}"})

    wait_for_status(first, "UDP_ESTABLISHED")
    wait_for_status(second, "UDP_ESTABLISHED")

    assert first.subprotocol == "p2pfwd"
    assert second.subprotocol is None
    first.close()
    second.close()
    for node in nodes:
        log = "\n".join(node.server.errors.lines)
        assert KEY not in log and key not in log


def test_bad_messages_are_told_and_the_third_in_a_row_closes(ends):
    first, second = ends
    first.send("no JSON")
    assert receive(first)["code"] == "INVALID_MESSAGE"
    first.send('{"type":"data","data":"a","data":"b"}')
    assert receive(first)["code"] == "INVALID_MESSAGE"
    first.send('{"type":"command","command":"x"}')
    assert receive(first)["code"] == "UNKNOWN_COMMAND"
    first.send(text("still here"))
    assert receive(second)["data"] == "still here"
    for _ in range(3):
        first.send("[" * 10_000)

    code, _, said = closing(first)

    assert code == 1008
    assert [message["code"] for message in said] == ["INVALID_MESSAGE"] * 3
    assert all(list(message) == ["type", "code", "message", "connection_id"] for message in said)


def test_a_newer_link_with_the_same_key_takes_the_place(nodes):
    near, far = nodes
    url = near.link_url(far.udp_port, key=KEY + " twice")
    first = open_web_socket(url)
    wait_for_status(first, "UDP_WAITING")

    second = open_web_socket(url)
    code, reason, said = closing(first)

    assert code == 1011 and reason
    assert said[-1]["status"] == "ERROR"
    second.close()


def test_a_reader_that_stands_still_makes_the_sender_wait(nodes):
    """Neither node keeps more than its bounds; and what was sent arrives in the end."""
    near, far = nodes
    key = KEY + " slow"
    first = open_web_socket(near.link_url(far.udp_port, key=key, frames="binary"))
    # A client that reads nothing by itself.
    second = open_web_socket(far.link_url(near.udp_port, key=key, frames="binary"), max_queue=1)
    wait_for_status(first, "UDP_ESTABLISHED")
    piece = bytes(256 << 10)
    sent = [0]
    digest = hashlib.sha256()

    def send():
        for number in range(400):
            data = bytes([number & 0xff]) + piece[1:]
            digest.update(data)
            first.send(data)
            sent[0] += 1

    sender = threading.Thread(target=send)
    sender.start()
    last = -1
    while last != sent[0]:
        last = sent[0]
        time.sleep(1.5)

    assert sent[0] < 400, "nobody waited"
    for node in nodes:
        assert memory(node.server.process.pid) < 200 << 20
    received = hashlib.sha256()
    count = 0
    while count < 400:
        message = receive(second)
        if isinstance(message, bytes):
            received.update(message)
            count += 1
    sender.join()
    assert received.digest() == digest.digest()
    first.close()
    second.close()


def memory(pid):
    with open(f"/proc/{pid}/status") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise RuntimeError("no VmRSS")


# Who gets in

def test_requests_without_a_good_token_are_refused(nodes):
    near, far = nodes
    place = {"remote_host": "127.0.0.1", "remote_port": far.udp_port, "encryption_key": KEY}
    used = near.token(uses=1)
    open_web_socket(near.link_url(far.udp_port, key=KEY + " used", token=used)).close()

    answers = [refusal(near.url(**place)), refusal(near.url(token="", **place)),
               refusal(near.url(token="wrong", **place)), refusal(near.url(token=used, **place))]

    assert {answer[:2] for answer in answers} == {(401, "unauthorized")}
    assert len({answer[2] for answer in answers}) == 1


def test_a_mistake_costs_no_use_of_the_token(nodes):
    near, far = nodes
    token = near.token(uses=1)

    assert refusal(near.link_url(0, token=token))[0] == 400
    open_web_socket(near.link_url(far.udp_port, key=KEY + " once", token=token)).close()


@pytest.mark.parametrize("query", [
    "", "remote_host=127.0.0.1", "remote_port=7000",
    "remote_host=127.0.0.1&remote_port=7000&encryption_key=short",
    "remote_host=127.0.0.1&remote_port=7000&encryption_key=" + "k" * 4096,
    "remote_host=127.0.0.1&remote_port=7000&encryption_key=%ff%ff%ff%ff%ff%ff%ff%ff",
    "remote_host=127.0.0.1&remote_port=7000&encryption_key=%zzcorrect",
    "remote_host=127.1&remote_port=7000", "remote_host=0x7f000001&remote_port=7000",
    "remote_host=2130706433&remote_port=7000", "remote_host=::ffff:127.0.0.1&remote_port=7000",
    "remote_host=[fe80::1%25eth0]&remote_port=7000", "remote_host=localhost.&remote_port=7000",
    "remote_host=127.0.0.1&remote_port=0", "remote_host=127.0.0.1&remote_port=65536",
    "remote_host=127.0.0.1&remote_port=22x", "remote_hst=127.0.0.1&remote_port=7000",
    "remote_host=127.0.0.1&remote_host=127.0.0.1&remote_port=7000",
    "remote_host=127.0.0.1&remote_port=7000&client_id=" + "x" * 300,
    "remote_host=127.0.0.1&remote_port=7000&peer=homebox&target=localhost:80",
])
def test_bad_parameters_are_refused(nodes, query):
    near, _ = nodes
    status, code, body = refusal(
        f"ws://{near.address}/v0/ws/proxy?token={near.token()}&{query}")

    assert (status, code) == (400, "invalid_parameters")
    assert "short" not in body and "kkkk" not in body and "zzcorrect" not in body


def test_a_token_that_is_there_twice_is_refused(nodes):
    near, _ = nodes
    token = near.token()
    url = f"ws://{near.address}/v0/ws/proxy?token={token}&remote_host=127.0.0.1&remote_port=7000"

    assert refusal(f"{url}&token={token}")[0] == 400
    assert refusal(url, additional_headers={"Authorization": f"Bearer {token}"})[0] == 400


def test_a_token_says_where_links_may_lead(nodes):
    near, _ = nodes
    narrow = near.token(links=["127.0.0.1:7000", "localhost:7000"])
    ports = near.token(links=["127.0.0.0/8:53", "127.0.0.0/8:*"])

    assert refusal(near.link_url(7001, token=narrow))[:2] == (403, "forbidden")
    assert refusal(near.link_url(7000, "127.0.0.2", token=narrow))[:2] == (403, "forbidden")
    open_web_socket(near.link_url(7000, token=narrow, key=KEY + " a")).close()
    open_web_socket(near.link_url(7000, "localhost", token=narrow, key=KEY + " b")).close()
    for port in (22, 53, 123, 1900, 11211):
        assert refusal(near.link_url(port))[:2] == (403, "forbidden")
    open_web_socket(near.link_url(53, token=ports, key=KEY + " c")).close()
    assert refusal(near.link_url(123, token=ports))[:2] == (403, "forbidden")


def test_what_is_no_web_socket_is_told_so(nodes):
    near, _ = nodes

    def answer(head):
        with socket.create_connection(near.address.split(":"), timeout=10) as client:
            client.sendall((head + f"\r\nHost: {near.address}\r\nConnection: close\r\n\r\n").encode())
            return client.makefile("rb").read().decode()

    assert answer("GET /v0/ws/proxy HTTP/1.1").startswith("HTTP/1.1 426 ")
    assert answer("POST /v0/ws/proxy HTTP/1.1\r\nContent-Length: 0").startswith("HTTP/1.1 405 ")


# Flows

def test_a_flow_carries_bytes_both_ways(web_pair):
    pair, web = web_pair
    target = EchoTarget()
    with open_web_socket(web.flow_url(f"localhost:{target.port}")) as client:
        client.send(b"bytes ")
        client.send("und Grüße")
        expected = "bytes und Grüße".encode()
        received = b""
        while len(received) < len(expected):
            received += receive(client)
    target.close()

    assert received == expected


def test_a_large_transfer_arrives_as_it_was(web_pair):
    pair, web = web_pair
    target = EchoTarget()
    client = open_web_socket(web.flow_url(f"localhost:{target.port}"))
    block = bytes(range(256)) * 1024
    sent, received = hashlib.sha256(), hashlib.sha256()
    total = 64 << 20

    def send():
        for number in range(total // len(block)):
            piece = number.to_bytes(4, "big") + block[4:]
            sent.update(piece)
            client.send(piece)

    sender = threading.Thread(target=send)
    sender.start()
    count = 0
    while count < total:
        piece = receive(client)
        received.update(piece)
        count += len(piece)
    sender.join()
    client.close()
    target.close()

    assert received.digest() == sent.digest()


def test_the_end_of_the_target_closes_the_web_socket(web_pair):
    pair, web = web_pair
    target = EchoTarget(lambda connection: connection.sendall(b"all there is"))
    client = open_web_socket(web.flow_url(f"localhost:{target.port}"))

    code, _, said = closing(client)
    target.close()

    assert (code, b"".join(said)) == (1000, b"all there is")


def test_the_close_of_the_client_is_the_end_for_the_target(web_pair):
    pair, web = web_pair
    seen = []
    done = threading.Event()

    def serve(connection):
        while data := connection.recv(65536):
            seen.append(data)
        seen.append(b"")
        done.set()

    target = EchoTarget(serve)
    client = open_web_socket(web.flow_url(f"localhost:{target.port}"))
    client.send(b"last words")
    client.close()

    assert done.wait(20)
    target.close()
    assert b"".join(seen) == b"last words"


def test_a_reset_of_the_target_is_told(web_pair):
    pair, web = web_pair

    def serve(connection):
        connection.sendall(b"y")
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    target = EchoTarget(serve)
    client = open_web_socket(web.flow_url(f"localhost:{target.port}"))
    assert receive(client) == b"y"
    client.send(b"x")

    code, reason, said = closing(client)
    target.close()

    assert code == 1011 and "reset by the target" in reason
    assert said[-1]["type"] == "error" and said[-1]["code"] == "FLOW_FAILED"
    assert said[-1]["message"] == reason


def test_a_target_that_cannot_be_reached_is_told(web_pair):
    pair, web = web_pair
    client = open_web_socket(web.flow_url(f"localhost:{free_port()}"))

    code, reason, said = closing(client)

    assert code == 1011 and "connection refused" in reason
    assert said[-1]["code"] == "FLOW_FAILED"


def test_a_target_that_the_peer_does_not_permit_is_told(web_pair):
    pair, web = web_pair
    client = open_web_socket(web.flow_url("192.0.2.7:80"))

    code, reason, _ = closing(client)

    assert code == 1008 and "not permitted" in reason


def test_a_token_says_which_targets_of_which_peers(web_pair):
    pair, web = web_pair
    token = web.token(peers={"homebox": ["localhost:80", "10.0.0.0/8:*"]})

    for target in ("localhost:81", "192.0.2.7:80", "example.org:80"):
        assert refusal(web.flow_url(target, token=token))[:2] == (403, "forbidden")
    assert refusal(web.flow_url("localhost:80", token=token, peer="other"))[0] == 403
    assert refusal(web.flow_url("localhost:80", token=web.token()))[0] == 403
    assert refusal(web.flow_url("localhost", token=token))[0] == 400


def test_a_slow_reader_stops_the_target(web_pair):
    """The target's bytes wait at the target, and nothing is lost."""
    pair, web = web_pair
    total = 64 << 20
    sent = [0]

    def serve(connection):
        while sent[0] < total:
            sent[0] += connection.send(bytes(65536))

    target = EchoTarget(serve)
    client = open_web_socket(web.flow_url(f"localhost:{target.port}"), max_queue=1)
    last = -1
    while last != sent[0] or sent[0] == 0:
        last = sent[0]
        time.sleep(1.5)

    assert sent[0] < total, "nobody waited"
    assert memory(web.server.process.pid) < 200 << 20
    assert sum(len(part) for part in closing(client)[2]) == total
    target.close()


def test_flows_are_listed_and_closed_like_others(web_pair):
    pair, web = web_pair
    target = EchoTarget()
    client = open_web_socket(web.flow_url(f"localhost:{target.port}"))
    client.send(b"x")
    assert receive(client) == b"x"

    flows = call(web.node.home, "flow.list")["flows"]
    assert len(flows) == 1, flows
    call(web.node.home, "flow.close", flow=flows[0]["flow"])
    code, reason, _ = closing(client)
    target.close()

    assert code == 1011 and "closed by the user" in reason


# Other clients

def test_aiohttp_is_served(nodes):
    aiohttp = pytest.importorskip("aiohttp")
    near, far = nodes

    async def talk():
        async with aiohttp.ClientSession() as session:
            first = await session.ws_connect(near.link_url(far.udp_port, key=KEY + " aiohttp"))
            second = await session.ws_connect(far.link_url(near.udp_port, key=KEY + " aiohttp"))
            for client in (first, second):
                while (await client.receive_json(timeout=20))["status"] != "UDP_ESTABLISHED":
                    pass
            await first.send_json({"type": "data", "data": "aiohttp"})
            answer = await second.receive_json(timeout=20)
            await first.close()
            await second.close()
            return answer, first.close_code

    answer, code = asyncio.run(talk())

    assert answer == {"type": "data", "format": "text", "data": "aiohttp"}
    assert code == 1000


def test_wsproto_is_served(nodes):
    wsproto = pytest.importorskip("wsproto")
    from wsproto.events import AcceptConnection, CloseConnection, Request, TextMessage
    near, far = nodes
    path = near.link_url(far.udp_port, key=KEY + " wsproto").split(near.address)[1]
    connection = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
    statuses, words, accepted, closed = [], "", False, False
    with socket.create_connection(near.address.split(":"), timeout=20) as client:
        client.sendall(connection.send(Request(host=near.address, target=path)))
        while not closed:
            connection.receive_data(client.recv(65536) or None)
            for event in connection.events():
                if isinstance(event, AcceptConnection):
                    accepted = True
                elif isinstance(event, TextMessage):
                    words += event.data
                    if event.message_finished:
                        statuses.append(json.loads(words)["status"])
                        words = ""
                elif isinstance(event, CloseConnection):
                    closed = True
            if len(statuses) == 2 and not closed:
                client.sendall(connection.send(CloseConnection(code=1000)))
                statuses.append("closing")

    assert accepted and statuses == ["CONNECTED", "UDP_WAITING", "closing"]


def test_asyncio_websockets_are_served(nodes):
    near, far = nodes

    async def talk():
        options = {"proxy": None, "max_size": None}
        async with websockets.connect(
                near.link_url(far.udp_port, key=KEY + " asyncio"), **options) as first, \
                websockets.connect(
                    far.link_url(near.udp_port, key=KEY + " asyncio"), **options) as second:
            for client in (first, second):
                while json.loads(await client.recv())["status"] != "UDP_ESTABLISHED":
                    pass
            await first.send(b"\x00\xff")
            return json.loads(await second.recv())

    assert asyncio.run(talk()) == {"type": "data", "format": "binary", "data": "AP8="}


def test_many_clients_are_served_at_once(nodes):
    near, far = nodes
    token = near.token()

    async def talk():
        clients = await asyncio.gather(*[
            websockets.connect(
                near.url(token=token, remote_host="127.0.0.1", remote_port=far.udp_port,
                         encryption_key="key:" + base64.urlsafe_b64encode(
                             number.to_bytes(32, "big")).decode().rstrip("=")),
                proxy=None, compression=None)
            for number in range(1, 101)])
        first = [json.loads(await client.recv())["status"] for client in clients]
        await asyncio.gather(*[client.close() for client in clients])
        return first

    assert asyncio.run(talk()) == ["CONNECTED"] * 100


# The key link of a command

@pytest.fixture
def listener(nodes):
    """(UDP port, key) of a `p2pfwd listen-key --echo` that waits for the first node."""
    near, _ = nodes
    if "listen-key" not in near.node.run("--help").stdout:
        pytest.skip("there is no listen-key")
    port, key = free_port(socket.SOCK_DGRAM), KEY + " listener"
    path = f"{near.node.home}/link-key"
    with open(path, "w") as file:
        file.write(key + "\n")
    os.chmod(path, 0o600)
    child = near.node.start("listen-key", "--port", str(port), "--key-file", path, "--echo")
    yield port, key
    child.kill()


def test_a_command_can_be_the_other_end(nodes, listener):
    near, _ = nodes
    port, key = listener
    with open_web_socket(near.link_url(port, key=key)) as client:
        wait_for_status(client, "UDP_ESTABLISHED")
        client.send(text("echo"))
        assert receive(client) == {"type": "data", "format": "text", "data": "echo"}
        client.send(b"\x00\xff")
        assert receive(client) == {"type": "data", "format": "binary", "data": "AP8="}
