"""Nodes with a web server, and what is said at their `/v0/ws/proxy`."""

import json
import os
import socket
import urllib.parse

from websockets.sync.client import connect

from node import Node, free_port

KEY = "correct horse battery staple"
# 32 bytes, which need no stretching: 1,000 passwords would take minutes.
RAW_KEY = "key:" + "A" * 43


def call(home, method, **params):
    """The result of a method of the control socket."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(os.path.join(home, "control"))
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        client.sendall(json.dumps(request).encode() + b"\n")
        answer = json.loads(client.makefile("rb").readline())
        assert "result" in answer, answer
        return answer["result"]


class WebNode:
    """A running node with a web server; `node` may be one that is paired already."""

    def __init__(self, name="web", node=None, namespace=None, options=()):
        self.node = node or Node(name, namespace=namespace)
        self.port = free_port()
        self.udp_port = free_port(socket.SOCK_DGRAM)
        self.address = f"127.0.0.1:{self.port}"
        self.server = self.node.serve(
            "0.0.0.0:0" if namespace else "127.0.0.1:0", ["none"],
            ["--web", self.address, "--web-udp", str(self.udp_port), *options])
        self.server.errors.wait_for(r"web: http", 15)

    def token(self, **wishes):
        return call(self.node.home, "web.token.make", **wishes)["token"]

    def url(self, **parameters):
        query = urllib.parse.urlencode(
            {name: value for name, value in parameters.items() if value is not None})
        return f"ws://{self.address}/v0/ws/proxy?{query}"

    def link_url(self, remote_port, remote_host="127.0.0.1", key=KEY, token=None, **more):
        return self.url(token=token or self.token(), remote_host=remote_host,
                        remote_port=remote_port, encryption_key=key, **more)

    def flow_url(self, target, peer="homebox", token=None, **more):
        token = token or self.token(peers={peer: [target]})
        return self.url(token=token, peer=peer, target=target, **more)

    def stop(self):
        if self.server.is_alive:
            self.server.stop(5)
        self.node.remove()


def open_web_socket(url, **options):
    # A proxy of the environment has no business on loopback.
    manager = connect(url, proxy=None, max_size=None, open_timeout=20, **options)
    return manager.__enter__()


def receive(client, timeout=20):
    """The next message: JSON from a text frame, bytes from a binary one."""
    message = client.recv(timeout=timeout)
    return message if isinstance(message, bytes) else json.loads(message)


def wait_for_status(client, status, timeout=20):
    """Everything that was said up to this status."""
    said = []
    while not said or said[-1].get("status") != status:
        said.append(receive(client, timeout))
    return said


def text(data):
    return json.dumps({"type": "data", "data": data})


def connected_pair(near, far, **parameters):
    """Two clients of two nodes that name each other, when both are told that they are connected."""
    first = open_web_socket(near.link_url(far.udp_port, **parameters))
    second = open_web_socket(far.link_url(near.udp_port, **parameters))
    wait_for_status(first, "UDP_ESTABLISHED")
    wait_for_status(second, "UDP_ESTABLISHED")
    return first, second
