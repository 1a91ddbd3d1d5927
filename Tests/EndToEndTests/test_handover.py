"""A process becomes another program while flows go on: SIGUSR2, again and again during a download."""

import hashlib
import signal
import threading
import time

import pytest

from node import free_port
from support import EchoTarget, connect, exchange

HANDOVERS = 20
SIZE = 64 << 20


def pattern(size):
    block = hashlib.sha256(b"handover").digest() * 2048
    return (block * (size // len(block) + 1))[:size]


def hand_over(child):
    """Has the process become another program, and waits until that goes on with the session."""
    seen = len(child.errors.lines)
    child.signal(signal.SIGUSR2)
    child.errors.wait_for("handing over to", 20, start=seen)
    child.errors.wait_for("connected (from|to) ", 20, start=seen)


class Download:
    """Reads slowly enough that the handovers fall into it."""

    def __init__(self, port, size):
        self.size = size
        self.hash = hashlib.sha256()
        self.count = 0
        self.error = None
        self._pause = 0.05
        self._client = connect(port, timeout=60)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while data := self._client.recv(1 << 18):
                self.hash.update(data)
                self.count += len(data)
                time.sleep(self._pause)
        except OSError as error:
            self.error = error

    def hurry(self):
        self._pause = 0

    def join(self, timeout):
        self._thread.join(timeout)
        assert not self._thread.is_alive(), f"{self.count} of {self.size} bytes"
        assert self.error is None, self.error


@pytest.mark.parametrize("link", [None, {"loss": 0.01, "delay-ms": 10, "seed": 4}])
@pytest.mark.parametrize("side", ["serving", "forwarding", "both"])
def test_a_download_survives_twenty_handovers(make_pair, side, link):
    data = pattern(SIZE)
    target = EchoTarget(lambda connection: connection.sendall(data))
    pair = make_pair([target.address], link=link)
    forward, (port,) = pair.forward(target.address)
    children = {"serving": [pair.server], "forwarding": [forward],
                "both": [pair.server, forward]}[side]
    forward.errors.wait_for("connected to", 30)
    download = Download(port, SIZE)

    for _ in range(HANDOVERS):
        for child in children:
            hand_over(child)
    assert download.count < SIZE, "the download ended before the last handover"
    download.hurry()
    download.join(120)

    assert download.hash.digest() == hashlib.sha256(data).digest()
    # The processes that the test started are still there: their numbers did not change.
    assert all(child.is_alive for child in children)


def test_flows_of_remote_forwards_and_new_ones_go_on(make_pair, echo_target):
    pair = make_pair([], serve_options=["--permit-listen", "*"])
    port = free_port()
    child = pair.connecting.start("-R", f"{port}:{echo_target.address}", "homebox")
    child.errors.wait_for("the peer listens on", 30)

    with connect(port) as client:
        for side in (pair.server, child, pair.server, child):
            client.sendall(b"before")
            assert client.recv(6) == b"before"
            hand_over(side)
            client.sendall(b"after")
            assert client.recv(5) == b"after"
            # The asking side asks again, which takes a round trip.
            wait_until_served(port)


def wait_until_served(port):
    deadline = time.monotonic() + 10
    while True:
        try:
            assert exchange(port, b"new") == b"new"
            return
        except (OSError, AssertionError):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def test_what_cannot_go_on_is_named_and_goes_on_here(make_pair, echo_target):
    pair = make_pair([echo_target.address, "127.0.0.1:*"])
    child, (port, _) = pair.forward(echo_target.address, "127.0.0.1:9/udp")
    child.errors.wait_for("connected to", 30)

    with connect(port) as client:
        child.signal(signal.SIGUSR2)
        child.errors.wait_for("handover: a forward of this kind cannot go on .*going on", 20)
        client.sendall(b"still here")
        assert client.recv(10) == b"still here"
    assert child.is_alive


def test_a_connection_that_waits_goes_along(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    child, (port,) = pair.forward(echo_target.address)
    # Both sides know that they are connected: one that does not cannot say that it ends.
    assert exchange(port, b"first") == b"first"
    # The server is gone, and comes back where it was.
    pair.server.stop()
    child.errors.wait_for("lost 'homebox'", 30)

    with connect(port, timeout=60) as client:
        client.sendall(b"patience")
        seen = len(child.errors.lines)
        child.signal(signal.SIGUSR2)
        child.errors.wait_for("handing over to", 20, start=seen)
        pair.start_server()
        assert client.recv(8) == b"patience"
