"""The commands of the five-minute tour, as written in the documentation."""

import http.server
import json
import signal
import threading
import urllib.request

import pytest

from node import Node, free_port
from support import exchange


@pytest.fixture
def node():
    node = Node("tour")
    yield node
    node.remove()


def test_the_tour(tmp_path):
    (tmp_path / "index.html").write_text("Hello from the far side.")
    handler = lambda *words: http.server.SimpleHTTPRequestHandler(*words, directory=tmp_path)
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    home, laptop = Node("A"), Node("B")
    port = free_port()
    try:
        server = home.serve(f"127.0.0.1:{free_port(2)}",
                            [f"localhost:{web.server_port}", "10.0.0.0/8:*"])
        ticket = home.check("ticket", "--name", "laptop").strip()
        laptop.check("pair", "--name", "homebox", ticket)
        client, ports = laptop.forward("homebox", [f"{port}:localhost:{web.server_port}"])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=20) as answer:
            page = answer.read()

        assert ticket.startswith("p2pf1")
        assert page == b"Hello from the far side."
        assert ports == [port]
        assert client.stop() == 0 and server.stop() == 0
    finally:
        web.shutdown()
        home.remove()
        laptop.remove()


def test_the_id_is_made_once(node):
    first = node.check("id")
    second = node.check("id")

    assert first == second and first.startswith("p2p1") and len(first.split()) == 1


def test_the_version_and_the_help_go_to_standard_output(node):
    version = node.run("--version")
    helps = [node.run(*words, "--help") for words in ([], ["serve"], ["ticket"], ["pair"],
                                                      ["peers"], ["id"])]

    assert version.returncode == 0 and version.stderr == "" and "p2pfwd" in version.stdout
    for text in helps:
        assert text.returncode == 0 and text.stderr == "" and "p2pfwd" in text.stdout


def test_peers_are_listed_renamed_and_removed(make_pair):
    pair = make_pair([])
    node = pair.connecting

    assert "homebox" in node.check("peers")
    json.loads(node.check("peers", "--json"))
    node.check("peers", "rename", "homebox", "attic")
    assert "attic" in node.check("peers") and "homebox" not in node.check("peers")
    node.check("peers", "rm", "attic")
    assert "attic" not in node.check("peers")


@pytest.mark.parametrize("source", ["standard input", "file", "argument"])
def test_a_ticket_can_come_from_three_places(node, tmp_path, source):
    other = Node("other")
    try:
        server = node.serve(f"127.0.0.1:{free_port(2)}", [])
        ticket = node.check("ticket", "--name", "other")
        (tmp_path / "ticket").write_text(ticket)

        match source:
            case "standard input": other.check("pair", "--name", "one", input=ticket)
            case "file": other.check("pair", "--name", "one", "--ticket-file", tmp_path / "ticket")
            case _: other.check("pair", "--name", "one", ticket.strip())

        assert "one" in other.check("peers")
        server.stop()
    finally:
        other.remove()


def test_several_forwards_work_side_by_side(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    client, ports = pair.forward(echo_target.address, echo_target.address, echo_target.address)

    assert len(set(ports)) == 3
    assert [exchange(port, b"x%d" % port) for port in ports] == [b"x%d" % port for port in ports]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_both_ends_in_good_order(make_pair, echo_target, number):
    pair = make_pair([echo_target.address])
    client, ports = pair.forward(echo_target.address)
    exchange(ports[0], b"hello")

    client.signal(number)
    pair.server.signal(number)

    assert client.wait(10) == 0 and pair.server.wait(10) == 0
