"""UNIX sockets at either end, with programs that know nothing of p2pfwd."""

import os
import shutil
import socket
import stat
import subprocess
import tempfile
import threading

import pytest

from processes import Child
from support import exchange, receive_all


@pytest.fixture
def folder():
    path = tempfile.mkdtemp(prefix="p2pfwd-sockets-")
    yield path
    shutil.rmtree(path, ignore_errors=True)


def echo_at(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.sendall(receive_all(connection))

    threading.Thread(target=accept, daemon=True).start()
    return listener


def exchange_at(path, data, timeout=20):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(timeout)
        client.connect(path)
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        return receive_all(client)


def start(pair, *words):
    child = pair.connecting.start(*words, "homebox")
    child.errors.wait_for("listening on|the peer listens on", 30)
    child.errors.wait_for("connected to", 30)
    return child


def test_path_to_path(make_pair, folder):
    near, far = f"{folder}/near", f"{folder}/far"
    echo_at(far)
    pair = make_pair([f"{folder}/*"])
    child = start(pair, "-L", f"{near}:{far}")

    assert stat.S_IMODE(os.stat(near).st_mode) == 0o600
    assert exchange_at(near, b"data" * 50_000) == b"data" * 50_000
    done = subprocess.run(
        ["nc", "-N", "-U", near], input=b"from nc", capture_output=True, timeout=20)
    assert done.stdout == b"from nc"
    assert child.stop() == 0
    assert not os.path.exists(near)


def test_path_to_port_with_socat(make_pair, folder, echo_target):
    near = f"{folder}/near"
    pair = make_pair([echo_target.address])
    start(pair, "-L", f"{near}:{echo_target.address}")

    done = subprocess.run(
        ["socat", "-t5", "-", f"UNIX-CONNECT:{near}"], input=b"hello", capture_output=True,
        timeout=20)

    assert done.stdout == b"hello"


def test_port_to_path_with_socat(make_pair, folder):
    far = f"{folder}/far"
    Child(["socat", f"UNIX-LISTEN:{far},fork", "EXEC:cat"])
    while not os.path.exists(far):
        pass
    pair = make_pair([far])
    _, (port,) = pair.forward(far)

    assert exchange(port, b"over there") == b"over there"


@pytest.mark.parametrize("rules", [[], ["any"], ["/somewhere/else"]])
def test_a_path_needs_a_rule_of_its_own(make_pair, folder, rules):
    far = f"{folder}/far"
    echo_at(far)
    pair = make_pair(rules)
    child, (port,) = pair.forward(far)

    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        with pytest.raises(ConnectionResetError):
            client.recv(1)

    child.errors.wait_for("not permitted", 10)


def test_remote_path_to_path(make_pair, folder):
    near, far = f"{folder}/near", f"{folder}/far"
    echo_at(near)
    pair = make_pair([], serve_options=["--permit-listen", f"{folder}/*"])
    child = start(pair, "-R", f"{far}:{near}")
    child.errors.wait_for("the peer listens on", 30)

    assert exchange_at(far, b"back") == b"back"
    assert stat.S_IMODE(os.stat(far).st_mode) == 0o600
    child.stop()


def test_a_stale_socket_is_replaced_and_a_living_one_is_not(make_pair, folder, echo_target):
    near = f"{folder}/near"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(near)
    pair = make_pair([echo_target.address])
    child = start(pair, "-L", f"{near}:{echo_target.address}")
    assert exchange_at(near, b"x") == b"x"

    second = pair.connecting.run(
        "--listen", "127.0.0.1:0", "-L", f"{near}:{echo_target.address}", "homebox")
    assert second.returncode == 6
    assert "Address already in use" in second.stderr

    third = start(
        pair, "--listen", "127.0.0.1:0", "-o", "StreamLocalBindUnlink=yes", "-o",
        "StreamLocalBindMask=0111", "-L", f"{near}:{echo_target.address}")
    assert stat.S_IMODE(os.stat(near).st_mode) == 0o666
    assert child.stop() == 0
    assert os.path.exists(near), "the file is the third one's"
    assert exchange_at(near, b"y") == b"y"
    assert third.stop() == 0
    assert not os.path.exists(near)
