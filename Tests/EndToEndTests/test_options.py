"""ssh's options as far as they show from outside: -f, -E, -F, -G, -q, -4, exit codes."""

import os
import re
import signal
import socket
import subprocess
import time

import pytest

from node import free_port
from support import exchange


def process_of(node):
    """The processes of this home that forward, by what `status` says."""
    return [int(name.split(".")[1]) for name in os.listdir(node.home)
            if re.fullmatch(r"control\.\d+", name)]


def end(pid):
    """Ends a process in the background and waits until it is gone."""
    os.kill(pid, signal.SIGTERM)
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    raise AssertionError("the process in the background did not end")


@pytest.fixture
def background(make_pair, echo_target):
    """A pair, and the processes that a test left in the background, which end with it."""
    pair = make_pair([echo_target.address])
    yield pair
    for pid in process_of(pair.connecting):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass


def test_background_returns_when_every_forward_is_up(background, echo_target):
    node = background.connecting

    done = node.run("-f", "--print-ports", "-L", f"0:{echo_target.address}",
                    "-L", f"0:{echo_target.address}", "homebox")

    assert done.returncode == 0, done.stderr
    ports = [int(port) for port in re.findall(r"^local 0->(\d+)$", done.stdout, re.M)]
    assert len(ports) == 2
    # No waiting: whoever is told that it is up may use it.
    for port in ports:
        assert exchange(port, b"hello") == b"hello"
    pid, = process_of(node)
    assert os.getsid(pid) == pid
    for descriptor in (0, 1):
        assert os.readlink(f"/proc/{pid}/fd/{descriptor}") == "/dev/null"
    assert os.readlink(f"/proc/{pid}/fd/2") == os.path.join(node.home, "log")
    assert "--ready-pipe" in open(f"/proc/{pid}/cmdline").read()
    end(pid)
    with open(os.path.join(node.home, "log")) as log:
        assert re.search(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \[\d+\] p2pfwd: ending$", log.read(),
                         re.M)


def test_background_hands_exit_code_and_message_on(background):
    node = background.connecting
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = node.run("-f", "-L", f"{port}:localhost:80", "homebox")
    assert done.returncode == 6
    assert f"cannot listen for {port}:localhost:80: bind: Address already in use" in done.stderr

    background.server.stop()
    done = node.run("-f", "--connect-timeout", "2", "-L", "0:localhost:80", "homebox")
    assert done.returncode == 4 and "cannot reach 'homebox'" in done.stderr
    assert process_of(node) == []

    done = node.run("-f", "-L", "0:localhost:80", "nobody")
    assert done.returncode == 3
    done = node.run("-f", "-o", "SshExitCodes=yes", "-L", "0:localhost:80", "nobody")
    assert done.returncode == 255


def test_background_writes_to_the_file_that_is_named(background, echo_target, tmp_path):
    log = tmp_path / "log"

    done = background.connecting.run(
        "-f", "-E", log, "-L", f"0:{echo_target.address}", "homebox")

    assert done.returncode == 0, done.stderr
    assert "connected to 'homebox'" in log.read_text()
    assert not os.path.exists(os.path.join(background.connecting.home, "log"))
    end(process_of(background.connecting)[0])


def test_an_error_is_told_in_the_file_and_at_the_terminal(background, tmp_path):
    log = tmp_path / "log"

    done = background.connecting.run("-E", log, "-L", "0:localhost:80", "nobody")

    assert done.returncode == 3
    assert "nobody" in done.stderr and "nobody" in log.read_text()
    assert oct(log.stat().st_mode & 0o777) == "0o600"


def test_an_interrupt_before_it_is_up_ends_both(background):
    background.server.stop()
    node = background.connecting
    process = subprocess.Popen(
        [node.program, "--home", node.home, "-f", "-L", "0:localhost:80", "homebox"],
        stderr=subprocess.PIPE, text=True, start_new_session=True)
    assert "listening" in process.stderr.readline()

    os.killpg(process.pid, signal.SIGINT)

    process.wait(20)
    # The pipe ends when the process in the background has ended, too.
    process.stderr.read()
    assert process_of(node) == []


def test_forwards_of_the_configuration_need_the_name_alone(background, echo_target):
    node = background.connecting
    port = free_port()
    with open(os.path.join(node.home, "config"), "w") as file:
        file.write(f"Host homebox\n    LocalForward 127.0.0.1:{port} {echo_target.address}\n")

    child = node.start("homebox")
    child.errors.wait_for("connected to 'homebox'", 20)

    assert exchange(port, b"hello") == b"hello"
    assert child.stop() == 0
    shown = node.check("-G", "homebox")
    assert f"LocalForward 127.0.0.1:{port} {echo_target.address}\n" in shown + "\n"
    assert node.run("-F", "none", "homebox").returncode == 2
    with open(os.path.join(node.home, "config"), "a") as file:
        file.write("HostName example.org\n")
    done = node.run("homebox")
    assert done.returncode == 2 and "config:3 HostName: it has no meaning here" in done.stderr


def test_quiet_still_tells_the_port_that_was_chosen(background, echo_target):
    child = background.connecting.start("-q", "-L", f"0:{echo_target.address}", "homebox")

    match = child.errors.wait_for(
        rf"^Allocated port (\d+) for local forward to {echo_target.address}$", 20)

    assert exchange(int(match.group(1)), b"hello") == b"hello"
    assert child.stop() == 0
    assert child.errors.lines == [match.string]


def test_one_family_alone_is_listened_at(background, echo_target):
    port = free_port()
    child, _ = background.connecting.forward(
        "homebox", [f"{port}:{echo_target.address}"], ["-4", "-v"], wait=False)
    child.errors.wait_for("connected to", 20)

    assert exchange(port, b"hello") == b"hello"
    with pytest.raises(OSError):
        socket.create_connection(("::1", port), timeout=5)
    child.stop()


def test_a_bind_that_works_for_one_family_alone_is_a_failure(background):
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]

        done = background.connecting.run("-L", f"{port}:localhost:80", "homebox")

    assert done.returncode == 6
    # Nothing of it remains, and the other family was free.
    with socket.create_server(("127.0.0.1", port)):
        pass


def test_a_forward_that_fails_may_be_left_out(background, echo_target):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ["-o", "ExitOnForwardFailure=no", "-L", f"{port}:localhost:80"]
        child = background.connecting.start(
            *words, "--print-ports", "-L", f"0:{echo_target.address}", "homebox")
        free = int(child.output.wait_for(r"^local 0->(\d+)$", 20).group(1))

        assert exchange(free, b"hello") == b"hello"
        assert "Address already in use" in "\n".join(child.errors.lines)
        assert child.stop() == 0
        done = background.connecting.run(*words, "homebox")
        assert done.returncode == 6 and "none of the forwards" in done.stderr


def test_a_range_of_ports_is_forwarded(background, echo_target):
    first = free_port()
    done = background.connecting.run(
        "-f", "--print-ports", "-L", f"127.0.0.1:{first}-{first}:{echo_target.address}", "homebox")

    assert done.returncode == 0, done.stderr
    assert exchange(first, b"hello") == b"hello"
    end(process_of(background.connecting)[0])
    done = background.connecting.run("-L", "8000-8003:localhost:1-2", "homebox")
    assert done.returncode == 2 and "4 to listen on, but 2 to go to" in done.stderr
