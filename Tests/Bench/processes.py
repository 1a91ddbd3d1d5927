"""Child processes whose output is read as it comes, and what they cost."""

import collections
import json
import os
import re
import signal
import subprocess
import threading
import time

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


class LineTimeout(Exception):
    """A line that was waited for did not come."""


class Lines:
    """The lines of one output stream, collected by a thread."""

    def __init__(self, stream):
        self.lines = []
        self.closed = False
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._thread.start()

    def wait_for(self, pattern, timeout, start=0):
        """The match of the first line from `start` on that contains `pattern`."""
        expression = re.compile(pattern)
        deadline = time.monotonic() + timeout
        position = start
        with self._condition:
            while True:
                while position < len(self.lines):
                    match = expression.search(self.lines[position])
                    if match:
                        return match
                    position += 1
                left = deadline - time.monotonic()
                if self.closed or left <= 0:
                    why = "the output ended" if self.closed else f"within {timeout} s"
                    text = "\n".join(self.lines[-20:])
                    raise LineTimeout(f"no line like {pattern!r} ({why}); last lines:\n{text}")
                self._condition.wait(left)

    def _read(self, stream):
        for line in stream:
            with self._condition:
                self.lines.append(line.rstrip("\n"))
                self._condition.notify_all()
        with self._condition:
            self.closed = True
            self._condition.notify_all()


class Child:
    """One process that this program started; ended by its own PID and by nothing wider."""

    running = []

    def __init__(self, command, namespace=None, environment=None, name=None):
        words = [str(word) for word in command]
        if namespace:
            words = ["ip", "netns", "exec", namespace, *words]
        self.name = name or os.path.basename(str(command[0]))
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, errors="replace", bufsize=1,
            env={**os.environ, "SWIFT_BACKTRACE": "enable=no", **(environment or {})})
        self.output = Lines(self.process.stdout)
        self.errors = Lines(self.process.stderr)
        Child.running.append(self)

    @property
    def pid(self):
        return self.process.pid

    @property
    def is_alive(self):
        return self.process.poll() is None

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def wait(self, timeout):
        code = self.process.wait(timeout)
        if self in Child.running:
            Child.running.remove(self)
        return code

    def signal(self, number):
        if self.is_alive:
            self.process.send_signal(number)

    def kill(self):
        """Kills the process as a crash would.

        While the kernel takes down many namespaces, a process may have to wait for its own end.
        """
        self.signal(signal.SIGKILL)
        return self.wait(60)

    def stop(self, timeout=10):
        """Ends the process in good order, by force after `timeout`; returns its exit code.

        Its descendants end too: sshd leaves the process of each connection behind.
        """
        descendants = family(self.pid)[1:] if self.is_alive else []
        self.signal(signal.SIGTERM)
        try:
            code = self.wait(timeout)
        except subprocess.TimeoutExpired:
            code = self.kill()
        for pid in descendants:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return code

    def result(self, timeout):
        """Waits for the end and returns the JSON object that the process printed last."""
        code = self.wait(timeout)
        self.output._thread.join(5)
        self.errors._thread.join(5)
        if not self.output.lines:
            complaint = "\n".join(self.errors.lines[-5:])
            raise RuntimeError(f"{self.name} ended with {code} and no result: {complaint}")
        return json.loads(self.output.lines[-1])

    @classmethod
    def stop_all(cls):
        for child in reversed(list(cls.running)):
            child.stop(5)


def _stat_fields(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def family(pid):
    """The process and everything that descends from it."""
    children = collections.defaultdict(list)
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                children[int(_stat_fields(entry)[1])].append(int(entry))
            except (FileNotFoundError, ProcessLookupError):
                continue
    members, queue = [], [pid]
    while queue:
        member = queue.pop()
        members.append(member)
        queue += children[member]
    return members


def cpu_seconds(pid):
    """User and system time of a process, its descendants and the children that it waited for."""
    total = 0
    for member in family(pid):
        try:
            total += sum(int(field) for field in _stat_fields(member)[11:15])
        except (FileNotFoundError, ProcessLookupError):
            continue
    return total / CLOCK_TICKS


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def await_calm(pids, timeout=60):
    """Waits until the processes need less than a twentieth of a core; False if they do not."""
    deadline = time.monotonic() + timeout
    used = sum(cpu_seconds(pid) for pid in pids)
    while time.monotonic() < deadline:
        time.sleep(0.4)
        before, used = used, sum(cpu_seconds(pid) for pid in pids)
        if used - before <= 0.02:
            return True
    return False


def resident_bytes(pid):
    """Resident memory of a process and its descendants."""
    total = 0
    for member in family(pid):
        try:
            with open(f"/proc/{member}/status") as file:
                match = re.search(r"VmRSS:\s+(\d+) kB", file.read())
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += int(match.group(1)) * 1024 if match else 0
    return total
