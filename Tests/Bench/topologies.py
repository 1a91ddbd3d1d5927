"""Places to run a tunnel in: loopback, a veth pair, an emulated link.

Each has two sides, `serving` and `connecting`: a network namespace (None: the current one) and an
address. Everything made here is removed by `close`.
"""

import itertools
import os
import subprocess

from processes import Child

_numbers = itertools.count(1)


def ip(*words):
    done = subprocess.run(["ip", *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(map(str, words))}: {done.stderr.strip()}")


def can_make_namespaces():
    return os.geteuid() == 0 and os.path.exists("/dev/net/tun")


class Side:
    def __init__(self, namespace, address):
        self.namespace = namespace
        self.address = address


class Loopback:
    name = "loopback"

    def __init__(self):
        self.serving = Side(None, "127.0.0.1")
        self.connecting = Side(None, "127.0.0.1")

    def close(self):
        pass


class Namespaces:
    """Two network namespaces without a link between them; subclasses join them."""

    def __init__(self):
        number = next(_numbers)
        self.tag = f"{os.getpid() % 100000}x{number}"
        self.serving = Side(f"p2pfwd-{self.tag}-a", "10.77.0.1")
        self.connecting = Side(f"p2pfwd-{self.tag}-b", "10.77.0.2")
        self._made = []
        try:
            for side in (self.serving, self.connecting):
                ip("netns", "add", side.namespace)
                self._made.append(side.namespace)
                ip("-n", side.namespace, "link", "set", "lo", "up")
            self.join()
        except BaseException:
            self.close()
            raise

    def join(self):
        raise NotImplementedError

    def bring_up(self, side, device):
        ip("-n", side.namespace, "addr", "add", f"{side.address}/24", "dev", device)
        ip("-n", side.namespace, "link", "set", device, "up")

    def congestion_control(self, side):
        done = subprocess.run(
            ["ip", "netns", "exec", side.namespace, "cat",
             "/proc/sys/net/ipv4/tcp_congestion_control"], capture_output=True, text=True)
        return done.stdout.strip()

    def set_congestion_control(self, name):
        for side in (self.serving, self.connecting):
            subprocess.run(
                ["ip", "netns", "exec", side.namespace, "sh", "-c",
                 f"echo {name} > /proc/sys/net/ipv4/tcp_congestion_control"], check=True)

    def close(self):
        for namespace in self._made:
            subprocess.run(["ip", "netns", "delete", namespace], capture_output=True)
        self._made = []


class Veth(Namespaces):
    name = "veth"

    def join(self):
        first, second = f"va{self.tag}", f"vb{self.tag}"
        ip("link", "add", first, "netns", self.serving.namespace, "type", "veth",
           "peer", "name", second, "netns", self.connecting.namespace)
        self.bring_up(self.serving, first)
        self.bring_up(self.connecting, second)


class EmulatedLink(Namespaces):
    """Two namespaces joined by the impairer; its commands go through `command`."""

    name = "emulated link"

    def __init__(self, impairer, options):
        self._impairer_path = impairer
        self._options = options
        self.impairer = None
        super().__init__()

    def join(self):
        first, second = f"ta{self.tag}", f"tb{self.tag}"
        words = [self._impairer_path, "tun", "--first", first, "--second", second]
        for name, value in self._options.items():
            words += [f"--{name}", value]
        self.impairer = Child(words, name="impairer")
        self.impairer.output.wait_for("^created", 10)
        for side, device in ((self.serving, first), (self.connecting, second)):
            ip("link", "set", device, "netns", side.namespace)
            self.bring_up(side, device)

    def command(self, line):
        self.impairer.say(line)

    def close(self):
        if self.impairer:
            self.impairer.stop()
            self.impairer = None
        super().close()
