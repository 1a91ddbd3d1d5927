"""Runs in network namespaces of their own, joined by the emulated link: real address changes."""

import subprocess

import pytest

from node import Node, find_program, free_port
from processes import Child
from test_links import pause
from topologies import EmulatedLink, can_make_namespaces, ip

pytestmark = pytest.mark.skipif(
    not can_make_namespaces(), reason="needs root and /dev/net/tun")


class Lab:
    """A pair of nodes, each in its namespace, and a load server beside the serving one."""

    def __init__(self, link):
        self.link = EmulatedLink(find_program("impairer"), link)
        serving, connecting = self.link.serving, self.link.connecting
        self.load_server = Child([find_program("load"), "serve", "--listen", "127.0.0.1:5000"],
                                 namespace=serving.namespace)
        self.load_server.output.wait_for("^listening", 10)
        self.serving = Node("serving", serving.namespace)
        self.connecting = Node("connecting", connecting.namespace)
        # Bound to no address, so that the addresses below may change.
        self.server = self.serving.serve(f"0.0.0.0:{free_port(2)}", ["127.0.0.1:5000"])
        self.serving.pair_with(self.connecting, known_here_as="laptop", known_there_as="homebox")
        self.client, (self.port,) = self.connecting.forward("homebox", ["0:127.0.0.1:5000"])

    def load(self, *words):
        return Child([find_program("load"), words[0], "--connect", f"127.0.0.1:{self.port}",
                      *words[1:]], namespace=self.link.connecting.namespace)

    def move(self, side, old, new):
        """Takes the old address away and gives a new one, as a change of network does."""
        devices = subprocess.run(
            ["ip", "-n", side.namespace, "-o", "-4", "addr"], capture_output=True, text=True)
        device = next(line.split()[1] for line in devices.stdout.splitlines() if old in line)
        ip("-n", side.namespace, "addr", "del", f"{old}/24", "dev", device)
        ip("-n", side.namespace, "addr", "add", f"{new}/24", "dev", device)

    def close(self):
        Child.stop_all()
        self.link.close()
        self.serving.remove()
        self.connecting.remove()


@pytest.fixture
def make_lab():
    labs = []

    def make(link):
        lab = Lab(link)
        labs.append(lab)
        return lab

    yield make
    for lab in labs:
        lab.close()


def test_a_transfer_survives_a_new_address_of_the_connecting_side(make_lab):
    lab = make_lab({"rate": 50, "delay-ms": 10, "queue-ms": 100, "seed": 1})
    transfer = lab.load("verify", "--bytes", 16 << 20, "--deadline", 120)

    pause(1)
    lab.move(lab.link.connecting, "10.77.0.2", "10.77.0.22")

    assert transfer.result(150)["equal"]


def test_a_transfer_survives_a_rebinding_nat(make_lab):
    lab = make_lab({"rate": 50, "delay-ms": 10, "queue-ms": 100, "seed": 2})
    transfer = lab.load("verify", "--bytes", 16 << 20, "--deadline", 120)

    for _ in range(3):
        pause(1)
        lab.link.command("rebind")

    assert transfer.result(150)["equal"]


def test_a_transfer_survives_a_bad_line(make_lab):
    lab = make_lab({"rate": 100, "delay-ms": 20, "queue-ms": 50, "loss": 0.05, "corrupt": 0.005,
                    "duplicate": 0.01, "reorder": 0.02, "seed": 3})

    assert lab.load("verify", "--flows", 20, "--bytes", 1 << 20).result(150)["equal"]


def test_a_line_with_a_smaller_mtu_than_its_device_carries(make_lab):
    lab = make_lab({"rate": 100, "delay-ms": 5, "queue-ms": 100, "mtu": 1300, "seed": 4})

    assert lab.load("verify", "--flows", 4, "--bytes", 4 << 20).result(150)["equal"]
