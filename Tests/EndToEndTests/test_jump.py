"""`-J`: a peer that is reached through another one."""

import socket

import pytest

from node import Node, free_port
from support import exchange


class Row:
    """A laptop, a peer in the middle, and a peer behind it that only the middle can reach.

    The laptop is paired with both, but the address that it has for the far one leads nowhere.
    """

    def __init__(self, permits, middle_options):
        self.laptop, self.middle, self.far = Node("laptop"), Node("middle"), Node("far")
        self.permits = permits
        self.middle_options = [*middle_options, "-o", "TellAddresses=no"]
        self.middle_port = free_port(socket.SOCK_DGRAM)
        self.far_port = free_port(socket.SOCK_DGRAM)
        self.far_server = self.start_far()
        self.middle_server = self.start_middle()
        self.far.pair_with(self.middle, known_here_as="middle", known_there_as="far")
        self.middle.pair_with(self.laptop, known_here_as="laptop", known_there_as="middle")
        self.far.pair_with(
            self.laptop, known_here_as="laptop", known_there_as="far",
            options=["--address", f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"])
        self.forget_addresses("far")

    def start_far(self):
        return self.far.serve(
            f"127.0.0.1:{self.far_port}", self.permits, ["-o", "TellAddresses=no"])

    def start_middle(self):
        return self.middle.serve(
            f"127.0.0.1:{self.middle_port}", ["localhost:1"], self.middle_options)

    def forget_addresses(self, peer):
        """The laptop cannot reach the far peer by itself, so that nothing but the way is tested."""
        path = f"{self.laptop.home}/peers"
        with open(path) as file:
            lines = file.read().splitlines(keepends=True)
        with open(path, "w") as file:
            for line in lines:
                fields = line.split()
                if f"name={peer}" in fields:
                    fields = [f for f in fields if not f.startswith("candidates=")]
                    line = " ".join(fields) + "\n"
                file.write(line)

    def stop(self):
        for server in (self.middle_server, self.far_server):
            if server.is_alive:
                server.stop(5)
        for node in (self.laptop, self.middle, self.far):
            node.remove()


@pytest.fixture
def make_row():
    rows = []

    def make(permits, middle_options=("--permit-relay",)):
        rows.append(Row(permits, middle_options))
        return rows[-1]

    yield make
    for row in rows:
        row.stop()


def test_flows_pass_the_middle(make_row, echo_target):
    row = make_row([f"127.0.0.1:{echo_target.port}"])
    child, (port,) = row.laptop.forward("far", [f"0:{echo_target.address}"], ["-J", "middle"])
    data = bytes(i * 7 & 0xff for i in range(3_000_000))

    assert exchange(port, data, timeout=60) == data
    child.errors.wait_for(r"connected to 'far': relaying peer", 5)


def test_a_peer_that_does_not_relay_says_so(make_row, echo_target):
    row = make_row([f"127.0.0.1:{echo_target.port}"], middle_options=())
    child, _ = row.laptop.forward(
        "far", [f"0:{echo_target.address}"], ["-J", "middle", "--connect-timeout", "6"])

    child.errors.wait_for(r"'middle' does not relay to 'far': not permitted", 10)
    assert child.wait(15) != 0


def test_the_way_is_found_again_when_the_middle_dies(make_row, echo_target):
    row = make_row([f"127.0.0.1:{echo_target.port}"])
    child, (port,) = row.laptop.forward("far", [f"0:{echo_target.address}"], ["-J", "middle"])
    assert exchange(port, b"before") == b"before"

    row.middle_server.kill()
    row.middle_server = row.start_middle()

    child.errors.wait_for(r"lost 'middle', through which the way leads", 60)
    assert exchange(port, b"after", timeout=60) == b"after"


def test_several_peers_nest(make_row, echo_target):
    """far itself relays to a fourth peer: the way leads through two."""
    row = make_row(["localhost:1"])
    row.far_server.stop(5)
    row.far_server = row.far.serve(
        f"127.0.0.1:{row.far_port}", ["localhost:1"],
        ["-o", "TellAddresses=no", "--permit-relay"])
    last = Node("last")
    port = free_port(socket.SOCK_DGRAM)
    server = last.serve(
        f"127.0.0.1:{port}", [f"127.0.0.1:{echo_target.port}"], ["-o", "TellAddresses=no"])
    last.pair_with(row.far, known_here_as="far", known_there_as="last")
    last.pair_with(row.laptop, known_here_as="laptop", known_there_as="last")
    row.forget_addresses("last")

    _, (port,) = row.laptop.forward(
        "last", [f"0:{echo_target.address}"], ["-J", "middle,far"])
    data = b"through two" * 50_000
    answer = exchange(port, data, timeout=60)
    server.stop(5)
    last.remove()

    assert answer == data
