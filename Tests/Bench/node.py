"""Nodes under test: p2pfwd processes with a home directory of their own."""

import itertools
import os
import shutil
import socket
import subprocess
import tempfile

from processes import Child

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# Tests hold the process in their hand that has the session, unless they say otherwise.
os.environ.setdefault("P2PFWD_STANDALONE", "1")

def find_program(name, configuration=None):
    """A program of this package: from $P2PFWD_BIN_DIR, else the newest of the two builds."""
    given = os.environ.get("P2PFWD_BIN_DIR")
    configurations = [configuration] if configuration else ["release", "debug"]
    folders = [given] if given else [os.path.join(ROOT, ".build", c) for c in configurations]
    for folder in folders:
        path = os.path.join(folder, name)
        if os.access(path, os.X_OK):
            return path
    raise FileNotFoundError(f"{name} is not built (looked in {', '.join(folders)})")


# The kernel gives these to nobody; processes that run side by side begin far from each other.
PORTS = range(12_000, 32_000)
_ports = itertools.islice(itertools.cycle(PORTS), os.getpid() * 631 % len(PORTS), None)


def free_port(kind=socket.SOCK_STREAM, address="127.0.0.1"):
    for port in _ports:
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                continue
            return port


class Node:
    """One home directory and the commands run on it."""

    def __init__(self, name, namespace=None, program=None, shares_node=False):
        """With `shares_node`, commands work through the one running node of the home, which ends
        two seconds after its last use. Otherwise each does all by itself, so that a test holds the
        process in its hand that has the session."""
        self.environment = {"SWIFT_BACKTRACE": "enable=no", "P2PFWD_LINGER": "2s",
                            "P2PFWD_STANDALONE": "" if shares_node else "1"}
        self.name = name
        self.namespace = namespace
        self.program = program or find_program("p2pfwd")
        self.home = tempfile.mkdtemp(prefix=f"p2pfwd-{name}-")

    def run(self, *words, input=None, timeout=30):
        """Runs a command to its end; returns the completed process with text output."""
        command = [self.program, "--home", self.home, *map(str, words)]
        if self.namespace:
            command = ["ip", "netns", "exec", self.namespace, *command]
        return subprocess.run(
            command, input="" if input is None else input, capture_output=True, text=True,
            timeout=timeout, env={**os.environ, **self.environment})

    def check(self, *words, input=None, timeout=30):
        """Runs a command that must succeed and returns its standard output."""
        done = self.run(*words, input=input, timeout=timeout)
        if done.returncode != 0:
            raise RuntimeError(
                f"p2pfwd {' '.join(map(str, words))}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def start(self, *words):
        return Child(
            [self.program, "--home", self.home, *words], namespace=self.namespace,
            environment=self.environment, name=f"p2pfwd {self.name}")

    def serve(self, listen, permits, options=(), wait=True):
        words = ["serve", "--listen", listen]
        for permit in permits:
            words += ["--permit", permit]
        child = self.start(*words, *options)
        if wait:
            child.errors.wait_for(r"(?i)\b(listening|serving)\b", 15)
        return child

    def forward(self, peer, specs, options=(), wait=True):
        """Starts forwards; with `wait`, returns (child, ports) when all of them listen.

        A spec is one of `-L`, unless an option such as `-D` stands before it.
        """
        words, count = ["--print-ports"], 0
        for spec in specs:
            if spec.startswith("-"):
                words.append(spec)
                continue
            words += [spec] if words[-1] in ("-D", "-R", "-L") else ["-L", spec]
            count += 1
        child = self.start(*words, *options, peer)
        if not wait:
            return child, []
        ports, position = [], 0
        for _ in range(count):
            match = child.output.wait_for(r"^(?:local|dynamic|remote) .*?(\d+)$", 40, start=position)
            position = child.output.lines.index(match.string, position) + 1
            ports.append(int(match.group(1)))
        return child, ports

    def pair_with(self, other, known_here_as="laptop", known_there_as="homebox", options=()):
        """Makes the two nodes peers: the ticket is made here and used there."""
        ticket = self.check("ticket", "--name", known_here_as, *options)
        other.check("pair", "--name", known_there_as, input=ticket)

    def remove(self):
        shutil.rmtree(self.home, ignore_errors=True)
