"""Network namespaces that go away with the process that made them, whatever ends it.

A guard process holds the reading end of a pipe. When the maker closes its end, or dies of SIGKILL,
the guard ends what still runs in the namespaces and deletes them and their folder. Namespaces are
named after the maker's process ID, so that those of a machine's other processes are never touched.
"""

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile

PREFIX = "p2plab"
NEEDED_PROGRAMS = (
    "ip", "nft", "conntrack", "turnserver", "turnutils_natdiscovery", "openssl", "miniupnpd")

_numbers = itertools.count(1)


class CommandFailed(Exception):
    """A command that sets up the lab was refused."""


def reason_to_skip():
    """Why there can be no lab here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for program in NEEDED_PROGRAMS:
        if not shutil.which(program):
            return f"{program} is not installed"
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun"
    if subprocess.run(["unshare", "--net", "true"], capture_output=True).returncode != 0:
        return "network namespaces cannot be made"
    return None


def within(namespace, *words):
    """The command that runs `words` in a namespace."""
    return ["ip", "netns", "exec", namespace, *map(str, words)]


def check(command, text=None, timeout=30):
    """Runs a command that must succeed and returns its output."""
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        complaint = done.stderr.strip() or done.stdout.strip()
        raise CommandFailed(f"{' '.join(command)}: exit {done.returncode}: {complaint}")
    return done.stdout


class NamespaceGroup:
    """Namespaces that are removed together, and a folder for the files of what runs in them."""

    def __init__(self):
        remove_stale()
        self._prefix = f"{PREFIX}-{os.getpid()}-{next(_numbers)}-"
        self.folder = tempfile.mkdtemp(prefix=self._prefix)
        # A session of its own: an interrupt from the keyboard must not reach the guard.
        self._guard = subprocess.Popen(
            [sys.executable, os.path.abspath(__file__), self._prefix, self.folder],
            stdin=subprocess.PIPE, start_new_session=True)

    def add(self, role):
        name = self._prefix + role
        check(["ip", "netns", "add", name])
        # Until a link-local address has proved to be unique, a router can ask for no neighbour.
        self.script(name, """
            ip link set lo up
            for scope in all default; do
                echo 0 > /proc/sys/net/ipv6/conf/$scope/accept_dad
            done""")
        return name

    def script(self, namespace, text):
        """Runs a shell script in a namespace; its first failing line ends it."""
        return check(within(namespace, "sh", "-e"), text)

    def close(self):
        self._guard.stdin.close()
        self._guard.wait(30)


def existing(prefix):
    listing = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True).stdout
    names = [line.split()[0] for line in listing.splitlines() if line.strip()]
    return [name for name in names if name.startswith(prefix)]


def remove_all(prefix):
    """Ends the processes in all namespaces with this prefix and deletes these."""
    for name in existing(prefix):
        inside = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True)
        for pid in inside.stdout.split():
            try:
                os.kill(int(pid), signal.SIGKILL)
            except ProcessLookupError:
                pass
        subprocess.run(["ip", "netns", "delete", name], capture_output=True)


def remove_stale():
    """Removes what a process left behind whose guard was killed too."""
    makers = {name.split("-")[1] for name in existing(f"{PREFIX}-")}
    for maker in makers:
        if not os.path.exists(f"/proc/{maker}"):
            remove_all(f"{PREFIX}-{maker}-")


def _guard(prefix, folder):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.read()
    remove_all(prefix)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    _guard(sys.argv[1], sys.argv[2])
