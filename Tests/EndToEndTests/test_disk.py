"""What a node does when its home cannot be written: the disk is full, read-only, or busy."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile

import pytest

from support import exchange


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, timeout=20)


@pytest.fixture
def small_home(make_pair):
    """A pair whose connecting node has its home on a file system of its own, of half a mebibyte."""
    pair = make_pair(["localhost:*"])
    home = pair.connecting.home
    with tempfile.TemporaryDirectory() as folder:
        kept = shutil.copytree(home, os.path.join(folder, "home"))
        done = run("mount", "-t", "tmpfs", "-o", "size=512k,mode=0700", "tmpfs", home)
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        for name in os.listdir(kept):
            shutil.copy2(os.path.join(kept, name), home)
    yield pair
    # Whatever still runs there is ended first.
    pair.stop_connecting()
    run("umount", "-l", home)


def fill(home):
    """Takes all the room there is; returns the file that has it."""
    path = os.path.join(home, "filler")
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    return path


def content(home, name):
    with open(os.path.join(home, name), "rb") as file:
        return file.read()


def test_a_full_disk_stops_no_tunnel_and_damages_no_file(small_home, echo_target):
    pair, home = small_home, small_home.connecting.home
    child, (port,) = pair.forward(echo_target.address)
    assert exchange(port, b"before") == b"before"
    filler = fill(home)
    peers = content(home, "peers")

    # The peer comes at another address, which the node would like to remember.
    pair.server.kill()
    pair.start_server()
    child.errors.wait_for("connected to 'homebox' again", 40)
    assert exchange(port, b"goes on") == b"goes on"
    done = pair.connecting.run("peers", "rename", "homebox", "other")
    assert done.returncode == 8 and "No space left on device" in done.stderr
    assert content(home, "peers") == peers and child.is_alive

    os.remove(filler)
    assert pair.connecting.run("peers", "rename", "homebox", "other").returncode == 0


def test_a_node_that_cannot_write_says_so_at_its_start(small_home):
    home = small_home.connecting.home
    os.remove(os.path.join(home, "identity"))
    fill(home)

    done = small_home.connecting.run("id")

    assert done.returncode == 8 and "No space left on device" in done.stderr
    assert not os.path.exists(os.path.join(home, "identity"))


def test_a_read_only_home_stops_no_tunnel(small_home, echo_target):
    pair, home = small_home, small_home.connecting.home
    child, (port,) = pair.forward(echo_target.address)
    assert exchange(port, b"before") == b"before"
    assert run("mount", "-o", "remount,ro", home).returncode == 0
    try:
        assert exchange(port, b"goes on") == b"goes on"
        done = pair.connecting.run("peers", "rename", "homebox", "other")
        assert done.returncode == 8 and "Read-only file system" in done.stderr
        assert child.is_alive
    finally:
        run("mount", "-o", "remount,rw", home)


@contextlib.contextmanager
def busy(home, *names):
    """Another process has these files; to whoever wants to write them, it is as a slow disk."""
    with contextlib.ExitStack() as locks:
        for name in names:
            lock = locks.enter_context(open(os.path.join(home, f"{name}.lock"), "a"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_a_busy_home_holds_up_no_flow(make_pair, echo_target):
    pair = make_pair(["localhost:*"])
    home = pair.connecting.home
    peers = content(home, "peers")
    with busy(home, "contacts", "networks"):
        child, (port,) = pair.forward(echo_target.address)
        assert exchange(port, b"served") == b"served"

    assert child.stop() == 0
    # The peer knows our key now: that was written afterwards, and not into what the user may edit.
    assert b" ticket=" in content(home, "contacts")
    assert content(home, "peers") == peers


def test_a_node_does_not_wait_for_a_busy_home_for_ever(make_pair, echo_target):
    pair = make_pair(["localhost:*"])
    with busy(pair.connecting.home, "contacts"):
        child, (port,) = pair.forward(echo_target.address)
        assert exchange(port, b"served") == b"served"
        assert child.stop() == 0

    assert any("is not saved" in line for line in child.errors.lines)
    assert not os.path.exists(os.path.join(pair.connecting.home, "contacts"))


def test_a_second_signal_does_not_wait_for_a_busy_home(make_pair, echo_target):
    pair = make_pair(["localhost:*"])
    with busy(pair.connecting.home, "contacts"):
        child, (port,) = pair.forward(echo_target.address)
        assert exchange(port, b"served") == b"served"
        child.signal(signal.SIGINT)
        child.signal(signal.SIGTERM)
        assert child.wait(20) == 0

    assert not any("is not saved" in line for line in child.errors.lines)
