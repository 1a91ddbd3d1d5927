"""What coturn says about a NAT: its server beside ours, its RFC 5780 client in a client's place."""

import os
import re
from dataclasses import dataclass

from namespaces import check, within
from nat import Behaviour
from processes import Child
from world import SERVER, SERVER_ALTERNATE

STUN_PORT, STUN_ALTERNATE_PORT = 3478, 3479

_WORDS = {
    "Endpoint Independent": Behaviour.ENDPOINT_INDEPENDENT,
    "Address Dependent": Behaviour.ADDRESS_DEPENDENT,
    "Address and Port Dependent": Behaviour.ADDRESS_AND_PORT_DEPENDENT,
}


@dataclass(frozen=True)
class MappingReport:
    behaviour: Behaviour | None
    # One for each of the two or three servers asked from the same socket.
    local_port: int | None
    reflexive: tuple[tuple[str, int], ...]


def start_server(world):
    """A STUN server with two addresses and two ports, as RFC 5780 needs it."""
    folder = world.group.folder
    child = Child(
        ["turnserver", "-n", "--stun-only", "--no-cli", "--no-tls", "--no-dtls",
         "--listening-ip", SERVER, "--listening-ip", SERVER_ALTERNATE,
         "--listening-port", STUN_PORT, "--alt-listening-port", STUN_ALTERNATE_PORT,
         "--db", os.path.join(folder, "turndb"), "--pidfile", os.path.join(folder, "turn.pid"),
         "--log-file", "stdout", "--simple-log"], namespace=world.server)
    child.output.wait_for("IO method .admin thread", 10)
    return child


def mapping(namespace):
    """How the NAT in front of `namespace` maps."""
    text = _discover(namespace, "-m")
    local = re.search(r"Local addr: : \S+?:(\d+)", text)
    seen = re.findall(r"UDP reflexive addr: (\S+):(\d+)", text)
    return MappingReport(
        _behaviour(text, "Mapping"), int(local.group(1)) if local else None,
        tuple((address, int(port)) for address, port in seen))


def filtering(namespace):
    """How it filters; takes some 6 s where answers do not come, as they should."""
    return _behaviour(_discover(namespace, "-f"), "Filtering")


def _discover(namespace, option):
    return check(within(namespace, "turnutils_natdiscovery", option, "-p", STUN_PORT, SERVER),
                 timeout=60)


def _behaviour(text, kind):
    """None where no server answered. A host without a NAT has its own line."""
    if re.search(rf"No NAT|NAT with Endpoint Independent {kind}", text):
        return Behaviour.ENDPOINT_INDEPENDENT
    match = re.search(rf"NAT with (.*) {kind}!", text)
    return _WORDS[match.group(1)] if match else None
