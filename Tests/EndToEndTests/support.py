"""Paired nodes, load and little servers for the end-to-end tests."""

import os
import socket
import threading

from node import Node, find_program, free_port
from processes import Child


class Pair:
    """Two paired nodes on loopback, with the impairer between them when `link` is given.

    The connecting node knows the other one by the address in its ticket. With an impairer, that is
    the impairer's address, and neither tells the other another one, so that no datagram goes around
    it.
    """

    QUIET = ["-o", "TellAddresses=no"]

    def __init__(self, permits, link=None, serve_options=(), shares_node=False):
        self.permits = permits
        self.options = [] if link is None else self.QUIET
        self.serve_options = [*serve_options, *self.options]
        self.serving = Node("serving")
        self.connecting = Node("connecting", shares_node=shares_node)
        known_port = free_port(socket.SOCK_DGRAM)
        self.listen = f"127.0.0.1:{known_port}"
        self.impairer = self.server = None
        self.forwards = []
        self.start_server()
        self.serving.pair_with(self.connecting, known_here_as="laptop", known_there_as="homebox")
        if link is not None:
            self.server.stop()
            self.listen = f"127.0.0.1:{free_port(socket.SOCK_DGRAM)}"
            self.impairer = start_impairer(f"127.0.0.1:{known_port}", self.listen, link)
            self.start_server()

    def start_server(self):
        self.server = self.serving.serve(self.listen, self.permits, self.serve_options)
        return self.server

    def forward(self, *targets, options=()):
        """Forwards a free port to each target; returns (child, [port])."""
        child, ports = self.connecting.forward("homebox", [f"0:{target}" for target in targets],
                                               [*options, *self.options])
        self.forwards.append(child)
        return child, ports

    def stop_connecting(self):
        for child in self.forwards:
            if child.is_alive:
                child.stop(5)

    def stop(self):
        if os.path.exists(os.path.join(self.connecting.home, "control")):
            self.connecting.run("stop", "--now")
        for child in (self.impairer, self.server):
            if child and child.is_alive:
                child.stop(5)
        self.serving.remove()
        self.connecting.remove()


def start_impairer(listen, target, link):
    words = [find_program("impairer"), "udp", "--listen", listen, "--target", target]
    for name, value in link.items():
        words += [f"--{name}", value]
    impairer = Child(words)
    impairer.output.wait_for("^listening", 10)
    return impairer


def load(port, *words, timeout=600):
    """Runs the load generator to its end; returns its result."""
    return start_load(port, *words).result(timeout)


def start_load(port, *words):
    return Child([find_program("load"), words[0], "--connect", f"127.0.0.1:{port}", *words[1:]],
                 name=f"load {words[0]}")


class LoadServer:
    def __init__(self):
        self.child = Child([find_program("load"), "serve", "--listen", "127.0.0.1:0"])
        self.address = self.child.output.wait_for(r"^listening (.*)$", 10).group(1)

    def stop(self):
        self.child.kill()


class EchoTarget:
    """A target whose connections the test holds in its hand; `serve` runs for each of them."""

    def __init__(self, serve=None):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.accepted = 0
        self._serve = serve or self._echo
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # Closing alone would leave the socket listening until the waiting thread returns.
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        with connection:
            try:
                self._serve(connection)
            except OSError:
                pass

    @staticmethod
    def _echo(connection):
        while data := connection.recv(65536):
            connection.sendall(data)


def connect(port, timeout=20):
    return socket.create_connection(("127.0.0.1", port), timeout=timeout)


def exchange(port, data, timeout=20):
    """Sends `data`, finishes, and returns everything that comes back."""
    with connect(port, timeout) as client:
        client.sendall(data)
        try:
            client.shutdown(socket.SHUT_WR)
        except OSError as error:
            # A reset has come before that.
            raise ConnectionResetError from error
        return receive_all(client)


def receive_all(client):
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)
