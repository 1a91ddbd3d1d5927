"""Two nodes and their rendezvous server in a world.

All that the lab knows about p2pfwd's command line, and about what it prints, is in this file.
"""

import json
import os
import shutil
import subprocess
import tempfile

from expectations import Way
from namespaces import check
from node import Node, find_program
from processes import Child
from world import SERVER

RENDEZVOUS_PORT = 7070
WEBSOCKET_PORT = 443
NODE_PORT = 41641
TARGET = "127.0.0.1:5000"
READY = r"(?i)\b(listening|serving)\b"
CODE = r"p2pfwd pair (\d+(?:-[a-z]+)+)"

# What node `a` calls node `b`, and the other way round.
CONNECTING_NAME, SERVING_NAME = "laptop", "homebox"


def reason_not_to_run():
    """Why there can be no session, or None."""
    try:
        for program in ("p2pfwd", "load", "impairer", "mapper"):
            find_program(program)
    except FileNotFoundError as error:
        return str(error)
    return None


def reason_not_to_meet():
    """Why nodes cannot be paired by code, or None."""
    done = subprocess.run([find_program("p2pfwd"), "rendezvous", "--help"], capture_output=True,
                          text=True)
    return None if "--websocket" in done.stdout else "this p2pfwd has no rendezvous server"


class Session:
    """Node `a` serves a load server to node `b`, which forwards a port to it."""

    def __init__(self, world, options=()):
        """`options`: more words for the commands of both nodes, such as --path relay."""
        self.world = world
        self.options = ["-v", *options]
        self.meeting = []
        self.folder = tempfile.mkdtemp(prefix="p2pfwd-lab-")
        self.rendezvous = Node("rendezvous", world.server)
        self.serving = Node("serving", world.a)
        self.connecting = Node("connecting", world.b)
        self.rendezvous_process = self.serving_process = self.connecting_process = None
        self.port = None
        self._children = []
        self._run(Child([find_program("load"), "serve", "--listen", TARGET], namespace=world.a)
                  ).output.wait_for("^listening", 10)

    # Making the session.

    def meet(self):
        """Both nodes run and are paired by a code."""
        self.prepare()
        issuer, code = self.invite()
        self.connecting.check("pair", code, "--name", SERVING_NAME, *self.meeting)
        issuer.wait(15)

    def prepare(self):
        """Server and serving node run; the other one knows neither."""
        self.start_rendezvous()
        certificate = os.path.join(self.folder, "certificate.pem")
        self.meeting = ["--rendezvous", f"{SERVER}:{RENDEZVOUS_PORT}",
                        "--rendezvous", f"wss://{SERVER}:{WEBSOCKET_PORT}",
                        "--tls-ca", certificate]
        self.start_serving()

    def invite(self):
        """A code of the serving node; returns (child, code)."""
        issuer = self._run(self.serving.start(
            "pair", "--name", CONNECTING_NAME, *self.meeting))
        # Without a terminal a code is made when no ticket comes in.
        issuer.process.stdin.close()
        return issuer, issuer.output.wait_for(CODE, 15).group(1)

    def pair_by_ticket(self, address):
        """Both nodes are paired without a server; `a` can be reached at `address`."""
        self.start_serving()
        self.serving.pair_with(self.connecting, CONNECTING_NAME, SERVING_NAME,
                               options=["--address", f"{address}:{NODE_PORT}"])

    def start_rendezvous(self):
        self._make_certificate()
        self.rendezvous_process = self._run(self.rendezvous.start(
            "rendezvous", "-v", "--listen", f"0.0.0.0:{RENDEZVOUS_PORT}",
            "--websocket", f"0.0.0.0:{WEBSOCKET_PORT}",
            "--tls-cert", os.path.join(self.folder, "certificate.pem"),
            "--tls-key", os.path.join(self.folder, "key.pem")))
        self.rendezvous_process.errors.wait_for(READY, 15)

    def start_serving(self):
        self.serving_process = self._run(self.serving.serve(
            f"[::]:{NODE_PORT}", [TARGET], [*self.meeting, *self.options]))

    def forward(self, peer=SERVING_NAME):
        """Starts the forward, to a name or by a code; it listens on `port` when this returns."""
        child, ports = self.connecting.forward(
            peer, [f"0:{TARGET}"], [*self.meeting, *self.options])
        self.connecting_process, self.port = self._run(child), ports[0]

    # Using and watching it.

    def load(self, *words):
        """Starts the load generator beside node `b`, through the forward."""
        return self._run(Child(
            [find_program("load"), words[0], "--connect", f"127.0.0.1:{self.port}", *words[1:]],
            namespace=self.world.b, name=f"load {words[0]}"))

    def way(self):
        """The way that the datagrams of the session take; None while it has none.

        A WebSocket is known only to the side that needs it: the less welcome way counts.
        """
        ways = [self._way(self.serving, CONNECTING_NAME), self._way(self.connecting, SERVING_NAME)]
        return None if None in ways else max(ways)

    def transcript(self):
        """What all processes said, and what node `b` has to say about the path, for people."""
        parts = []
        for child in self._children:
            lines = child.output.lines[-20:] + child.errors.lines[-60:]
            parts += [f"--- {child.name}", *lines]
        try:
            done = self.connecting.run("why", SERVING_NAME, *self.meeting, timeout=40)
            parts += ["--- why", done.stdout + done.stderr]
        except subprocess.TimeoutExpired:
            parts.append("--- why: no answer")
        return "\n".join(parts)

    def close(self):
        for child in reversed(self._children):
            child.stop(5)
        for node in (self.rendezvous, self.serving, self.connecting):
            node.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self, child):
        self._children.append(child)
        return child

    @staticmethod
    def _way(node, peer):
        done = node.run("status", "--json")
        if done.returncode != 0:
            return None
        sessions = [session for process in json.loads(done.stdout)
                    for session in process["sessions"] if session["peer"] == peer]
        for session in sessions:
            if session["kind"] == "direct":
                return Way.DIRECT
            if session["kind"].startswith("relayed"):
                return Way.WEBSOCKET if "WebSocket" in session["kind"] else Way.RELAY
        return None

    def _make_certificate(self):
        key = os.path.join(self.folder, "key.pem")
        if os.path.exists(key):
            return
        check(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
               "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=lab",
               "-addext", f"subjectAltName=IP:{SERVER}",
               "-keyout", key, "-out", os.path.join(self.folder, "certificate.pem")])
