"""Namespaces go away, however the process ends that made them."""

import os
import signal
import subprocess
import sys

import pytest

import namespaces
from namespaces import PREFIX, NamespaceGroup, existing, within
from processes import wait_until

HERE = os.path.dirname(os.path.abspath(__file__))

# Makes a world, leaves a process in it that ignores all, and waits for its end.
MAKER = """
import subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from namespaces import within
from world import World
world = World("double", "port")
stubborn = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(60)"
process = subprocess.Popen(within(world.a, sys.executable, "-c", stubborn))
print(process.pid, world.group.folder, flush=True)
time.sleep(60)
"""


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_lab_leaves_nothing_behind(number):
    maker = subprocess.Popen([sys.executable, "-c", MAKER, HERE], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, text=True)
    pid, folder = maker.stdout.readline().split()
    inside = int(pid)
    prefix = f"{PREFIX}-{maker.pid}-"
    assert existing(prefix) and is_running(inside)

    maker.send_signal(number)
    maker.wait(10)

    wait_until(lambda: not existing(prefix) and not is_running(inside), 10)
    wait_until(lambda: not os.path.exists(folder), 10)


def test_a_failed_setup_leaves_nothing_behind(make_world):
    with pytest.raises(KeyError):
        make_world("port", "no such kind")

    assert not existing(f"{PREFIX}-{os.getpid()}-")


def test_what_a_dead_process_left_is_removed_and_nothing_else():
    # No process has a greater ID than that (pid_max of 64-bit Linux).
    stale, foreign = f"{PREFIX}-4194305-1-router", f"{PREFIX}foreign"
    for name in (stale, foreign):
        subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        group = NamespaceGroup()
        kept = group.add("kept")
        assert not existing(stale)
        assert existing(foreign) and existing(kept)
        group.close()
        assert not existing(kept)
    finally:
        subprocess.run(["ip", "netns", "delete", foreign], check=True)


def test_a_refused_command_says_what_was_wrong():
    group = NamespaceGroup()
    try:
        with pytest.raises(namespaces.CommandFailed, match="syntax error"):
            namespaces.check(within(group.add("box"), "nft", "-f", "-"), "nonsense\n")
    finally:
        group.close()


@pytest.mark.anywhere
def test_without_root_the_lab_says_so(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert namespaces.reason_to_skip() == "needs root"


@pytest.mark.anywhere
def test_without_a_program_the_lab_names_it(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", "/nowhere")

    assert namespaces.reason_to_skip() == "ip is not installed"
