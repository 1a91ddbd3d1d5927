"""What a home tells of itself: status, watching it, speed tests, reports, and the log's forms."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import time

import pytest

from processes import wait_until
from support import EchoTarget, Pair, exchange

CANARY = "canary-4f1d2b"


@pytest.fixture
def forwarded():
    """Two nodes with a forward to an echo between them: (pair, command, port, target)."""
    target = EchoTarget()
    pair = Pair([target.address])
    child, [port] = pair.forward(target.address)
    # It listens before it can be asked.
    wait_until(lambda: "homebox: up, direct" in pair.connecting.run("status").stdout)
    yield pair, child, port, target
    child.stop(5)
    pair.stop()
    target.close()


def status(node, *options):
    return json.loads(node.check("status", "--json", *options))


def test_status_tells_sessions_forwards_and_flows(forwarded):
    pair, child, port, target = forwarded
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"12345")
        assert connection.recv(5) == b"12345"

        [process] = status(pair.connecting, "--flows")
        [session] = process["sessions"]
        [group] = process["groups"]
        [forward] = group["forwards"]
        [flow] = process["flows"]

        assert session["peer"] == "homebox" and session["state"] == "up"
        assert session["kind"] == "direct" and session["whyRelayed"] is None
        assert session["rttMicroseconds"] > 0 and session["minimumRTTMicroseconds"] > 0
        assert forward["port"] == port and forward["target"] == target.address
        assert (forward["state"], forward["flows"], forward["openedFlows"]) == ("listening", 1, 1)
        assert (forward["bytesSent"], forward["bytesReceived"]) == (5, 5)
        assert flow["forward"] == forward["forward"] and flow["request"] == target.address
        assert (flow["sentBytes"], flow["receivedBytes"], flow["served"]) == (5, 5, False)
        [served] = status(pair.serving, "--flows")[0]["flows"]
        assert served["served"] and served["peer"] == "laptop"
        assert "flows" not in status(pair.connecting)[0] or not status(pair.connecting)[0]["flows"]
        text = pair.connecting.check("status", "--flows")
        assert "homebox: up, direct" in text and "1 open (1 so far, 0 refused)" in text


def test_status_forgets_processes_that_were_killed(forwarded):
    pair, child, _, _ = forwarded
    assert len(status(pair.connecting)) == 1
    child.process.kill()
    child.process.wait()

    done = pair.connecting.run("status", "--json")

    assert done.returncode == 1 and json.loads(done.stdout) == []
    assert not [name for name in os.listdir(pair.connecting.home)
                if re.fullmatch(r"control\.\d+", name)]


class Screen:
    """`p2pfwd status --watch` on a terminal of a given size."""

    def __init__(self, node, *words, locale="C.UTF-8"):
        self.master, slave = pty.openpty()
        self.slave = slave
        self.resize(24, 80)
        self.before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            [node.program, "--home", node.home, "status", "--watch", *words],
            stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={**os.environ, "TERM": "xterm", "LC_ALL": locale})
        self.shown = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, pattern, timeout=15):
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.shown):
            assert time.monotonic() < deadline, self.shown
            self.read(0.2)

    def read(self, timeout):
        if select.select([self.master], [], [], timeout)[0]:
            self.shown += os.read(self.master, 65536).decode(errors="replace")

    def end(self):
        deadline = time.monotonic() + 10
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.1)
        self.read(0.1)
        code = self.process.poll()
        settings = termios.tcgetattr(self.slave)
        self.process.kill()
        os.close(self.master)
        os.close(self.slave)
        return code, settings


@pytest.mark.parametrize("how", ["q", "control-c", "signal"])
def test_watching_gives_the_terminal_back(forwarded, how):
    pair, *_ = forwarded
    screen = Screen(pair.connecting)
    screen.wait_for("homebox: up for")
    screen.wait_for("RTT")
    if how == "signal":
        screen.process.send_signal(signal.SIGTERM)
    else:
        os.write(screen.master, {"q": b"q", "control-c": b"\x03"}[how])

    code, settings = screen.end()

    assert code == 0
    assert settings == screen.before
    assert screen.shown.startswith("\x1b[?1049h\x1b[?25l")
    assert screen.shown.endswith("\x1b[?25h\x1b[?1049l")


def test_watching_follows_the_size_of_the_terminal(forwarded):
    pair, *_ = forwarded
    screen = Screen(pair.connecting, locale="C")
    screen.wait_for("homebox: up for")
    screen.shown = ""
    screen.resize(3, 30)
    os.kill(screen.process.pid, signal.SIGWINCH)

    screen.wait_for(r"more lines\)")
    last = screen.shown.split("\x1b[1;1H")[-1]
    os.write(screen.master, b"q")
    code, _ = screen.end()

    assert code == 0 and "\x1b[4;1H" not in last
    assert all(len(re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line)) <= 30
               for line in re.split(r"\x1b\[\d+;1H", last.split("\x1b[J")[0]))
    assert last.isascii()


def test_watching_without_a_terminal_prints_a_line_each_time(forwarded):
    pair, *_ = forwarded
    node = pair.connecting
    with subprocess.Popen([node.program, "--home", node.home, "status", "--watch", "--json"],
                          stdout=subprocess.PIPE, text=True) as process:
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0

    for look in looks:
        assert look["processes"][0]["sessions"][0]["peer"] == "homebox"


def test_speedtest_measures_both_directions(forwarded):
    pair, *_ = forwarded
    done = pair.connecting.run("speedtest", "homebox", "--seconds", "2", "--json", timeout=60)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)

    for direction in ("up", "down"):
        assert result[direction]["bytes"] > 100_000
        assert 1.9 < result[direction]["seconds"] < 10
        assert result[direction]["bitsPerSecond"] > 0
    assert result["rttMicroseconds"] > 0 and result["loadedRTTMicroseconds"] > 0
    assert "up 1 s: " in done.stderr and "down 1 s: " in done.stderr

    only = json.loads(pair.connecting.check(
        "speedtest", "homebox", "--seconds", "1", "--down", "--json", timeout=60))
    assert only["up"] is None and only["down"]["bytes"] > 0
    assert exchange(forwarded[2], b"still there") == b"still there"


def test_a_report_has_no_secrets(forwarded):
    pair, *_ = forwarded
    node = pair.connecting
    secrets = []
    for name in os.listdir(node.home):
        path = os.path.join(node.home, name)
        if os.path.isfile(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                secrets += re.findall(r"[A-Za-z0-9+/_-]{24,}={0,2}", file.read())
    with open(os.path.join(node.home, "config"), "w", encoding="utf-8") as file:
        file.write(f"# {CANARY}\n")
    ticket = pair.serving.check("ticket", "--name", "other").strip()
    with open(os.path.join(node.home, "log"), "w", encoding="utf-8") as file:
        file.write(f"p2pfwd: paired by {ticket} and 4821-maple-tundra.\n")
    file = os.path.join(node.home, "report.txt")

    node.check("report", file, "--quick", "--hide-addresses")

    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    assert os.stat(file).st_mode & 0o777 == 0o600
    for title in ("program", "files", "configuration", "status", "events", "log"):
        assert f"== {title} ==" in text
    assert "homebox: up, direct" in text and "<ticket>" in text and "<code>" in text
    assert CANARY not in text and ticket not in text and "maple" not in text
    assert secrets and not [secret for secret in secrets if secret in text]


def test_messages_are_json_on_request(forwarded):
    pair, *_ = forwarded
    done = pair.connecting.run("--log-format", "json", "-v", "ping", "homebox", "--for", "2s")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines and all(set(line) >= {"time", "level", "pid", "text"} for line in lines)

    failed = pair.connecting.run("--log-format", "json", "ping", "nobody")
    [line] = [json.loads(line) for line in failed.stderr.splitlines()]
    assert failed.returncode == 3 and line["level"] == "error" and "nobody" in line["text"]


def test_the_journal_gets_priorities(forwarded, tmp_path):
    node = forwarded[0].connecting
    path = tmp_path / "journal"
    with open(path, "w", encoding="utf-8") as journal:
        place = os.fstat(journal.fileno())
        subprocess.run(
            [node.program, "--home", node.home, "ping", "nobody"], stderr=journal, check=False,
            env={**os.environ, "JOURNAL_STREAM": f"{place.st_dev}:{place.st_ino}"})
    lines = path.read_text().splitlines()
    assert lines and all(line.startswith("<3>") for line in lines)
    assert "p2pfwd: " not in lines[0]
