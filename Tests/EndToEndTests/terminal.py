"""A command of a node on a terminal of its own."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """With `kind` as TERM, or none if it is empty, and with further environment variables."""

    def __init__(self, node, *words, kind="dumb", **variables):
        command = [node.program, "--home", node.home, *words]
        if node.namespace:
            command = ["ip", "netns", "exec", node.namespace, *command]
        self._master, slave = pty.openpty()
        environment = {**os.environ, **node.environment, **variables}
        environment.pop("TERM", None)
        if kind:
            environment["TERM"] = kind
        # The terminal controls the command, as that of a person does: its keys become signals.
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), env=environment)
        os.close(slave)
        self.text = ""

    @property
    def is_alive(self):
        return self.process.poll() is None

    def type(self, text):
        os.write(self._master, text.encode())

    def resize(self, rows, columns):
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    @property
    def shows_what_is_typed(self):
        """Whether the terminal is as a command should leave it: with echo and whole lines."""
        flags = termios.tcgetattr(self._master)[3]
        return flags & termios.ECHO != 0 and flags & termios.ICANON != 0

    def forget(self):
        self.text = ""

    def wait_for(self, pattern, timeout=15):
        """Waits until `pattern`, a text or a regular expression, was shown."""
        deadline = time.monotonic() + timeout
        while True:
            if pattern in self.text or re.search(pattern, self.text):
                return True
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"no {pattern!r} in {self.text!r}")

    def wait(self, timeout):
        """The exit code of the command."""
        deadline = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < deadline:
            self._read(0.1)
        return self.process.poll()

    def stop(self, timeout=5):
        if self.is_alive:
            self.process.send_signal(signal.SIGTERM)
            self.wait(timeout)
        if self.is_alive:
            self.process.kill()
        self.process.wait()
        os.close(self._master)

    def _read(self, timeout):
        """False where nothing more can come."""
        ready, _, _ = select.select([self._master], [], [], max(timeout, 0))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65_536)
        except OSError:
            # The command has ended and closed its side.
            return False
        self.text += data.decode(errors="replace")
        return bool(data)
