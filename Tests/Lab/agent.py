"""A UDP socket inside the lab that asks STUN servers and punches holes as simply as can be.

Run as a program, it obeys lines of JSON on standard input; `Agent` is its remote control. It is
the yardstick for the lab itself: what this simple puncher reaches, p2pfwd must reach too.
"""

import ipaddress
import json
import os
import select
import socket
import struct
import sys
import time

MAGIC_COOKIE = 0x2112A442
BINDING_REQUEST, BINDING_SUCCESS = 0x0001, 0x0101
XOR_MAPPED_ADDRESS = 0x0020
NORMAL_TTL = 64
INTERVAL = 0.05


class Agent:
    """Controls the program in a namespace."""

    def __init__(self, namespace):
        from processes import Child
        self._child = Child([sys.executable, os.path.abspath(__file__)], namespace=namespace)
        self.port = self._answer()["port"]

    def reflect(self, server, port):
        """The address that a STUN server sees, or None."""
        return _as_address(self._ask(do="reflect", address=server, port=port, timeout=2))

    def send(self, address, ttl=NORMAL_TTL):
        self._ask(do="send", address=address[0], port=address[1], ttl=ttl)

    def receive(self, timeout):
        """Where the next datagram came from, or None."""
        return _as_address(self._ask(do="receive", timeout=timeout))

    def punch(self, addresses, seconds, openers=0, ttl=NORMAL_TTL):
        """Begins to punch; `finish` has the result. The first `openers` rounds have that TTL."""
        self._say(do="punch", addresses=addresses, seconds=seconds, openers=openers, ttl=ttl)

    def finish(self, seconds):
        """The peer's address where both directions work, or None."""
        return _as_address(self._answer(seconds))

    def close(self):
        self._child.stop()

    def _ask(self, **words):
        self._say(**words)
        return self._answer()

    def _say(self, **words):
        self._start = len(self._child.output.lines)
        self._child.say(json.dumps(words))

    def _answer(self, timeout=10):
        start = getattr(self, "_start", 0)
        return json.loads(self._child.output.wait_for("^{", timeout, start=start).string)


def _as_address(answer):
    return (answer["address"], answer["port"]) if answer.get("address") else None


def stun_request(transaction):
    return struct.pack("!HHI", BINDING_REQUEST, 0, MAGIC_COOKIE) + transaction


def stun_mapped_address(message, transaction):
    """The XOR-MAPPED-ADDRESS (RFC 8489, section 14.2) of the answer to our request, or None."""
    if len(message) < 20 or message[8:20] != transaction:
        return None
    if struct.unpack("!H", message[:2])[0] != BINDING_SUCCESS:
        return None
    position = 20
    while position + 4 <= len(message):
        kind, length = struct.unpack_from("!HH", message, position)
        value = message[position + 4:position + 4 + length]
        if kind == XOR_MAPPED_ADDRESS and len(value) == 8:
            port, ip = struct.unpack("!HI", value[2:])
            return str(ipaddress.ip_address(ip ^ MAGIC_COOKIE)), port ^ MAGIC_COOKIE >> 16
        position += 4 + (length + 3) // 4 * 4
    return None


class _Socket:
    """One socket for both families; IPv4 addresses are mapped ones (RFC 4291, section 2.5.5.2)."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        self._socket.bind(("::", 0))
        self.port = self._socket.getsockname()[1]

    def send(self, data, address, ttl=NORMAL_TTL):
        host, port = address
        self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
        self._socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
        try:
            self._socket.sendto(data, (host if ":" in host else f"::ffff:{host}", port))
        except OSError:
            pass  # No route, or an ICMP error of an earlier datagram: nothing was sent.

    def receive(self, timeout):
        """(data, (host, port)) or None."""
        if not select.select([self._socket], [], [], max(timeout, 0))[0]:
            return None
        try:
            data, address = self._socket.recvfrom(2048)
        except OSError:
            return None
        return data, (address[0].removeprefix("::ffff:"), address[1])


def _reflect(endpoint, words):
    transaction = os.urandom(12)
    deadline = time.monotonic() + words["timeout"]
    while time.monotonic() < deadline:
        endpoint.send(stun_request(transaction), (words["address"], words["port"]))
        received = endpoint.receive(0.5)
        mapped = stun_mapped_address(received[0], transaction) if received else None
        if mapped:
            return mapped
    return None


def _punch(endpoint, words):
    """Sends to all addresses and to those it hears from, until the other side has heard it."""
    known = [tuple(address) for address in words["addresses"]]
    proven, rounds, due = None, 0, time.monotonic()
    deadline = due + words["seconds"]
    heard = set()
    # It goes on to the end although proven, so that the other side gets its proof too.
    while (now := time.monotonic()) < deadline:
        if now >= due:
            ttl = words["ttl"] if rounds < words["openers"] else NORMAL_TTL
            for address in known:
                endpoint.send(b"heard" if address in heard else b"hello", address, ttl)
            rounds, due = rounds + 1, now + INTERVAL
        received = endpoint.receive(due - time.monotonic())
        if received is None or received[0] not in (b"hello", b"heard"):
            continue
        heard.add(received[1])
        if received[1] not in known:
            known.append(received[1])
        if received[0] == b"heard" and proven is None:
            proven = received[1]
    return proven


def main():
    endpoint = _Socket()
    print(json.dumps({"port": endpoint.port}), flush=True)
    for line in sys.stdin:
        words = json.loads(line)
        address = None
        if words["do"] == "reflect":
            address = _reflect(endpoint, words)
        elif words["do"] == "send":
            endpoint.send(b"opener", (words["address"], words["port"]), words["ttl"])
        elif words["do"] == "receive":
            received = endpoint.receive(words["timeout"])
            address = received[1] if received else None
        elif words["do"] == "punch":
            address = _punch(endpoint, words)
        answer = {"address": address[0], "port": address[1]} if address else {}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
