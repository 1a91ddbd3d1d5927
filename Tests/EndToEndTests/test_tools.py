"""The test tools themselves: a judge that never complains would be worth nothing."""

import json
import socket
import subprocess
import threading

import pytest

from node import find_program, free_port
from support import load, start_impairer, start_load
from topologies import EmulatedLink, can_make_namespaces
from processes import Child

pytestmark = pytest.mark.tools


def send_through_impairer(link, count=2000, size=200):
    """Sends numbered datagrams; returns what arrived and the impairer's statistics."""
    target = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    target.bind(("127.0.0.1", 0))
    target.settimeout(0.5)
    listen = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
    impairer = start_impairer(listen, "127.0.0.1:%d" % target.getsockname()[1], link)
    client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    host, port = listen.split(":")
    for number in range(count):
        client.sendto(number.to_bytes(4, "big") * (size // 4), (host, int(port)))
        if number % 50 == 49:
            # A pause for the impairer to read, far shorter than its queue.
            threading.Event().wait(0.001)
    arrived = []
    try:
        while True:
            arrived.append(target.recv(65536))
    except TimeoutError:
        pass
    impairer.stop()
    impairer.output._thread.join(5)
    return arrived, json.loads(impairer.output.lines[-1])["up"]


def test_a_clean_link_changes_nothing():
    arrived, statistics = send_through_impairer({})

    assert [int.from_bytes(data[:4], "big") for data in arrived] == list(range(2000))
    assert statistics["delivered"] == 2000


def test_every_impairment_happens_about_as_often_as_asked():
    arrived, statistics = send_through_impairer(
        {"loss": 0.1, "duplicate": 0.05, "reorder": 0.05, "corrupt": 0.03, "truncate": 0.02,
         "delay-ms": 2})

    assert 140 < statistics["lost"] < 270
    assert 50 < statistics["duplicated"] < 140
    assert 50 < statistics["reordered"] < 150
    assert 25 < statistics["corrupted"] < 90
    assert 15 < statistics["truncated"] < 70
    whole = [data for data in arrived if len(data) == 200]
    wrong = sum(data != data[:4] * 50 for data in whole)
    assert len(arrived) - len(whole) >= 15 and 20 < wrong < 100


def test_the_same_seed_loses_the_same_packets():
    first, _ = send_through_impairer({"loss": 0.3, "seed": 7}, count=300)
    second, _ = send_through_impairer({"loss": 0.3, "seed": 7}, count=300)
    other, _ = send_through_impairer({"loss": 0.3, "seed": 8}, count=300)

    assert first == second != other


def test_datagrams_beyond_the_mtu_vanish():
    arrived, statistics = send_through_impairer({"mtu": 1228}, count=10, size=1200)
    longer, more = send_through_impairer({"mtu": 1227}, count=10, size=1200)

    assert len(arrived) == 10 and longer == []
    assert statistics["too_long"] == 0 and more["too_long"] == 10


@pytest.mark.parametrize("mode", ["echo", "upload", "download"])
def test_a_right_transfer_is_called_equal(load_server, mode):
    port = int(load_server.address.rsplit(":", 1)[1])
    result = load(port, "verify", "--flows", "20", "--bytes", "300001", "--mode", mode)

    assert result["equal"] and result["failed_flows"] == 0 and len(result["sha256"]) == 64


@pytest.mark.parametrize("mode", ["echo", "upload", "download"])
@pytest.mark.parametrize("damage", ["flip", "cut"])
def test_a_wrong_transfer_is_found(load_server, mode, damage):
    port = damaging_proxy(int(load_server.address.rsplit(":", 1)[1]), damage, mode)
    client = start_load(port, "verify", "--bytes", "300001", "--mode", mode, "--deadline", "5")
    result = client.result(60)

    assert client.process.returncode == 1
    assert not result["equal"] and result["failed_flows"] == 1


def damaging_proxy(target_port, damage, mode):
    """Forwards one connection and spoils the byte 200,000 of the direction that `mode` checks."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source, sink, spoils):
        try:
            carry(source, sink, spoils)
        except OSError:
            pass  # The client is content, or it is not, and has closed.

    def carry(source, sink, spoils):
        position = 0
        while data := source.recv(65536):
            if spoils and position <= 200_000 < position + len(data):
                place = 200_000 - position
                changed = bytes([data[place] ^ 1]) if damage == "flip" else b""
                data = data[:place] + changed + data[place + 1:]
                position += 1 - len(changed)
            position += len(data)
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)

    def run():
        client, _ = listener.accept()
        server = socket.create_connection(("127.0.0.1", target_port))
        threading.Thread(
            target=pump, args=(client, server, mode != "download"), daemon=True).start()
        pump(server, client, mode == "download")

    threading.Thread(target=run, daemon=True).start()
    return listener.getsockname()[1]


@pytest.mark.parametrize("words", [
    ["impairer"], ["impairer", "udp", "--listen", "x"], ["impairer", "udp", "--loss", "2"],
    ["impairer", "udp", "--listen", "127.0.0.1:0", "--target", "127.0.0.1:9", "--lose", "0.1"],
    ["load"], ["load", "ping"], ["load", "ping", "--connect", "127.0.0.1"],
    ["load", "bulk", "--connect", "127.0.0.1:9", "--push"],
])
def test_a_wrong_command_line_ends_with_2(words):
    done = subprocess.run([find_program(words[0]), *words[1:]], capture_output=True, timeout=20)

    assert done.returncode == 2 and b"usage:" in done.stderr


@pytest.mark.alone
@pytest.mark.skipif(not can_make_namespaces(), reason="needs root and /dev/net/tun")
def test_the_emulated_link_has_the_delay_and_the_rate_asked_for():
    link = EmulatedLink(find_program("impairer"), {"rate": 50, "delay-ms": 10, "queue-ms": 50})
    try:
        server = Child([find_program("load"), "serve", "--listen", f"{link.serving.address}:5000"],
                       namespace=link.serving.namespace)
        server.output.wait_for("^listening", 10)

        def client(*words):
            return Child([find_program("load"), words[0], "--connect",
                          f"{link.serving.address}:5000", *words[1:]],
                         namespace=link.connecting.namespace).result(60)

        ping = client("ping", "--count", "50")
        bulk = client("bulk", "--seconds", "3", "--warmup", "1")
        server.kill()
    finally:
        link.close()

    assert 20_000 <= ping["p50_us"] < 22_000
    assert 40 < bulk["mbit_s"] < 50
