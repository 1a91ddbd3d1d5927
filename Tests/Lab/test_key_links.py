"""Two ends of a key link behind NATs, which know a key and each other's public address only."""

import os
import shutil
import tempfile

import pytest

from node import find_program
from processes import Child

pytestmark = pytest.mark.product
PORT = 17171
KEY = "key:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"


@pytest.fixture
def folder():
    path = tempfile.mkdtemp(prefix="p2pfwd-lab-")
    yield path
    Child.stop_all()
    shutil.rmtree(path)


def start(folder, name, namespace, remote):
    home = os.path.join(folder, name)
    os.makedirs(home, mode=0o700)
    key = os.path.join(home, "key")
    with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o600), "w") as file:
        file.write(KEY + "\n")
    return Child([find_program("p2pfwd"), "--home", home, "listen-key", "--key-file", key,
                  "--port", PORT, "--remote", f"{remote}:{PORT}"], namespace, name=name)


@pytest.mark.parametrize("kinds", [("port", "port"), ("eif", "port"), ("adf", "port")],
                         ids=" x ".join)
def test_two_that_name_each_other_meet_through_their_nats(kinds, make_world, folder):
    world = make_world(*kinds)
    house_a, house_b = world.houses
    first = start(folder, "first", world.a, house_b.public)
    # It calls in vain until the other one does.
    first.errors.wait_for("no answer", 30)
    second = start(folder, "second", world.b, house_a.public)

    for child in (first, second):
        child.errors.wait_for("established", 15)
    for sender, receiver in ((first, second), (second, first)):
        sender.process.stdin.write(f"from {sender.name}\n")
        sender.process.stdin.flush()
        receiver.output.wait_for(f"^from {sender.name}$", 10)


def test_a_link_outlives_a_line_that_was_cut(make_world, folder):
    world = make_world("port")
    house_a, house_b = world.houses
    first = start(folder, "first", world.a, house_b.public)
    second = start(folder, "second", world.b, house_a.public)
    for child in (first, second):
        child.errors.wait_for("established", 15)

    house_a.set_line(is_up=False)
    # 5 s of keep-alive, a second until that counts as silence, and 5 s until it is told.
    first.errors.wait_for("reconnecting: nothing is heard", 16)
    first.process.stdin.write("sent meanwhile\n")
    first.process.stdin.flush()
    house_a.set_line(is_up=True)

    second.output.wait_for("^sent meanwhile$", 15)
    assert sum("established" in line for line in second.errors.lines) <= 2
