"""listen-key: two real ends of a key link on loopback."""

import base64
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

import pytest

from node import find_program, free_port
from processes import Child

KEY = "correct horse battery"


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="p2pfwd-key-") as path:
        yield path


def write_key(folder, name="key", text=KEY, mode=0o600):
    path = os.path.join(folder, name)
    with open(path, "w") as file:
        file.write(text + "\n")
    os.chmod(path, mode)
    return path


class End:
    """One `p2pfwd listen-key --json`."""

    def __init__(self, folder, key, port, remote=None, options=("--json",)):
        words = command(folder, key, port, remote, options)
        self.child = Child(words, name=f"listen-key {port}")

    def send(self, text, format="text"):
        data = text if format == "text" else base64.b64encode(text).decode()
        self.write(json.dumps({"type": "data", "format": format, "data": data}))

    def write(self, line):
        self.child.process.stdin.write(line + "\n")
        self.child.process.stdin.flush()

    def wait_for_state(self, state, count=1, timeout=30):
        position = 0
        for _ in range(count):
            self.child.output.wait_for(f'"status":"{state}"', timeout, position)
            position = 1 + next(
                index for index, line in enumerate(self.child.output.lines)
                if index >= position and f'"status":"{state}"' in line)

    def received(self):
        found = []
        for line in list(self.child.output.lines):
            value = json.loads(line)
            if value["type"] == "data":
                data = value["data"]
                found.append(data if value["format"] == "text" else base64.b64decode(data))
        return found

    def wait_for_messages(self, count, timeout=30):
        deadline = time.monotonic() + timeout
        while len(self.received()) < count:
            assert time.monotonic() < deadline, self.child.output.lines[-5:]
            time.sleep(0.02)
        return self.received()


def command(folder, key, port, remote=None, options=()):
    words = [find_program("p2pfwd"), "--home", os.path.join(folder, "home"), "listen-key",
             "--key-file", key, "--port", port, *options]
    return [str(word) for word in (words + ["--remote", remote] if remote else words)]


def make_ends(folder, key=None, other_key=None):
    key = key or write_key(folder)
    ports = [free_port(socket.SOCK_DGRAM), free_port(socket.SOCK_DGRAM)]
    waiting = End(folder, key, ports[0])
    calling = End(folder, other_key or key, ports[1], f"localhost:{ports[0]}")
    return waiting, calling, ports


def test_text_and_bytes_go_both_ways(folder):
    waiting, calling, _ = make_ends(folder)
    for end in (waiting, calling):
        end.wait_for_state("established")
    binary = os.urandom(100_000)

    calling.send("hällo\n")
    calling.send(binary, "binary")
    waiting.send("")
    waiting.write('{"data": "short"}')

    assert waiting.wait_for_messages(2) == ["hällo\n", binary]
    assert calling.wait_for_messages(2) == ["", "short"]


def test_a_bad_line_is_told_and_the_next_one_is_sent(folder):
    waiting, calling, _ = make_ends(folder)
    calling.wait_for_state("established")

    calling.write("not json")
    calling.send("next")

    assert waiting.wait_for_messages(1) == ["next"]
    calling.child.errors.wait_for("line 1 is not sent: not JSON", 10)


def test_an_end_that_is_killed_is_missed_and_found_again(folder):
    waiting, calling, ports = make_ends(folder)
    waiting.wait_for_state("established")
    key = os.path.join(folder, "key")

    os.kill(calling.child.pid, signal.SIGKILL)
    calling.child.process.wait(10)
    waiting.wait_for_state("reconnecting", timeout=30)
    waiting.send("while you were away")
    again = End(folder, key, ports[1], f"127.0.0.1:{ports[0]}")

    waiting.wait_for_state("established", count=2)
    assert again.wait_for_messages(1) == ["while you were away"]
    again.send("back")
    assert waiting.wait_for_messages(1) == ["back"]


def test_an_end_that_was_waited_for_and_restarted_is_called_again(folder):
    waiting, calling, ports = make_ends(folder)
    calling.wait_for_state("established")
    calling.send("before")
    waiting.wait_for_messages(1)
    key = os.path.join(folder, "key")

    os.kill(waiting.child.pid, signal.SIGKILL)
    waiting.child.process.wait(10)
    again = End(folder, key, ports[0])
    calling.wait_for_state("reconnecting", timeout=30)
    calling.wait_for_state("established", count=2)
    calling.send("after")

    assert again.wait_for_messages(1) == ["after"]


def test_another_key_never_connects_and_says_so(folder):
    other = write_key(folder, "other", "another key altogether")
    waiting, calling, _ = make_ends(folder, other_key=other)

    calling.child.errors.wait_for("no answer: .* its key is another one", 30)

    assert not any("established" in line for end in (waiting, calling)
                   for line in end.child.output.lines)


def test_a_raw_key_needs_no_stretching(folder):
    raw = base64.urlsafe_b64encode(bytes(range(32))).decode().rstrip("=")
    waiting, calling, _ = make_ends(folder, key=write_key(folder, "raw", f"key:{raw}"))

    calling.wait_for_state("established")
    waiting.wait_for_state("established")


def test_lines_are_sent_once_and_both_ends_end(folder):
    key = write_key(folder)
    port = free_port(socket.SOCK_DGRAM)
    reader = subprocess.Popen(
        command(folder, key, port, options=["--once"]), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    lines = b"".join(b"line %d\n" % number for number in range(20_000)) + b"the last"

    writer = subprocess.run(
        command(folder, key, 0, f"127.0.0.1:{port}", ["--once"]), input=lines,
        capture_output=True, timeout=60)
    output, _ = reader.communicate(timeout=30)

    assert writer.returncode == 0, writer.stderr
    assert reader.returncode == 0
    assert output == lines + b"\n"


def test_an_echo_sends_everything_back(folder):
    key = write_key(folder)
    port = free_port(socket.SOCK_DGRAM)
    echo = End(folder, key, port, options=["--echo"])
    calling = End(folder, key, free_port(socket.SOCK_DGRAM), f"127.0.0.1:{port}")
    messages = [os.urandom(1 << 20), b"", b"x" * 64]

    for message in messages:
        calling.send(message, "binary")

    assert calling.wait_for_messages(3) == messages
    assert echo.child.output.lines == []


@pytest.mark.parametrize("text, mode, code, words", [
    ("short12", 0o600, 2, "at least 8 characters"),
    ("", 0o600, 2, "empty"),
    ("key:AAAA", 0o600, 2, "43 characters"),
    ("x" * 1025, 0o600, 2, "at most 1024"),
    (KEY, 0o644, 5, "0600"),
])
def test_a_bad_key_file_is_refused(folder, text, mode, code, words):
    key = write_key(folder, text=text, mode=mode)

    done = subprocess.run(
        command(folder, key, 0), stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=20)

    assert done.returncode == code
    assert words in done.stderr
    assert not text or text not in done.stderr


@pytest.mark.parametrize("words, reason", [
    (["listen-key"], "--key-file is missing"),
    (["listen-key", "--key-file", "-"], "standard input is what is sent"),
    (["listen-key", "--key-file", "k", "--remote", "::1:5"], "not HOST:PORT"),
    (["listen-key", "--key-file", "k", "--port", "65536"], "not a number from 0 to 65535"),
    (["listen-key", "--key-file", "k", "x"], "unexpected argument"),
])
def test_a_bad_command_line_is_refused(words, reason):
    done = subprocess.run([find_program("p2pfwd"), *words], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20)

    assert done.returncode == 2
    assert reason in done.stderr


def test_a_port_in_use_is_told(folder):
    key = write_key(folder)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taken:
        taken.bind(("::", 0))
        port = taken.getsockname()[1]
        done = subprocess.run(command(folder, key, port), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=20)

    assert done.returncode == 8
    assert "another program" in done.stderr
