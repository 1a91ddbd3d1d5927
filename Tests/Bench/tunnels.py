"""The two competitors, started in the same way: OpenSSH's -L and p2pfwd's -L.

A tunnel forwards a local port of the connecting side to a port beside the serving side. Both
report the processes of their two ends, so that CPU time and memory can be compared.
"""

import getpass
import os
import shutil
import socket
import subprocess
import tempfile
import time

from node import Node, free_port
from processes import Child

SSH_CIPHER = "aes256-gcm@openssh.com"


def await_port(side, port, timeout=15):
    """Waits until somebody listens on a loopback port of this side."""
    wanted = f":{port:04X} "
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        for family in ("tcp", "tcp6"):
            command = ["cat", f"/proc/net/{family}"]
            if side.namespace:
                command = ["ip", "netns", "exec", side.namespace, *command]
            table = subprocess.run(command, capture_output=True, text=True).stdout
            if any(wanted in line and " 0A " in line for line in table.splitlines()[1:]):
                return
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens on port {port}")


class SSH:
    """OpenSSH with a configuration and keys of its own; the system's are not touched."""

    name = "ssh"

    def __init__(self, topology, target_port):
        self.topology = topology
        self.target_port = target_port
        self.folder = tempfile.mkdtemp(prefix="p2pfwd-ssh-")
        self.port = free_port()
        self.server = self.client = None

    def start(self):
        for name in ("host", "user"):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{self.folder}/{name}"],
                check=True)
        shutil.copy(f"{self.folder}/user.pub", f"{self.folder}/authorized")
        with open(f"{self.folder}/config", "w") as file:
            file.write(
                f"ListenAddress {self.topology.serving.address}\nPort {self.port}\n"
                f"HostKey {self.folder}/host\nAuthorizedKeysFile {self.folder}/authorized\n"
                f"PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
                f"PermitRootLogin prohibit-password\nAllowTcpForwarding yes\n"
                f"UseDNS no\nLogLevel ERROR\nCiphers {SSH_CIPHER}\n")
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        self.server = Child(
            [shutil.which("sshd") or "/usr/sbin/sshd", "-D", "-e", "-f", f"{self.folder}/config"],
            namespace=self.topology.serving.namespace, name="sshd")
        await_port(self.topology.serving, self.port)
        self.client, port = self.start_client()
        return port

    def start_client(self, as_proxy=False):
        port = free_port()
        listener = f"127.0.0.1:{port}"
        forward = (["-D", listener] if as_proxy
                   else ["-L", f"{listener}:127.0.0.1:{self.target_port}"])
        client = Child(
            ["ssh", "-F", "none", "-v", "-N", "-i", f"{self.folder}/user", "-p", self.port,
             "-c", SSH_CIPHER, *forward,
             "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={self.folder}/known",
             "-o", "ExitOnForwardFailure=yes", "-o", "IdentitiesOnly=yes",
             f"{getpass.getuser()}@{self.topology.serving.address}"],
            namespace=self.topology.connecting.namespace, name="ssh")
        client.errors.wait_for(r"Local forwarding listening on 127\.0\.0\.1", 20)
        # -v shows the listener before the session; the session must stand as well.
        client.errors.wait_for(r"(?i)entering interactive session", 20)
        return client, port

    def stop(self):
        for child in (self.client, self.server):
            if child:
                child.stop(5)
        shutil.rmtree(self.folder, ignore_errors=True)


class P2PForward:
    name = "p2pfwd"
    # Further words for the command lines of both ends.
    options = []

    def __init__(self, topology, target_port):
        self.topology = topology
        self.target_port = target_port
        self.serving_node = Node("serving", topology.serving.namespace)
        self.connecting_node = Node("connecting", topology.connecting.namespace)
        self.server = self.client = None

    def start(self):
        listen = f"{self.topology.serving.address}:{free_port(socket.SOCK_DGRAM)}"
        self.server = self.serving_node.serve(
            listen, [f"127.0.0.1:{self.target_port}"], self.options)
        self.serving_node.pair_with(self.connecting_node)
        self.client, port = self.start_client()
        return port

    def start_client(self, as_proxy=False, suffix=""):
        specs = ["-D", "0"] if as_proxy else [f"0:127.0.0.1:{self.target_port}{suffix}"]
        client, ports = self.connecting_node.forward("homebox", specs, self.options)
        return client, ports[0]

    def stop(self):
        for child in (self.client, self.server):
            if child:
                child.stop(5)
        self.serving_node.remove()
        self.connecting_node.remove()
