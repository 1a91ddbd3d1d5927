"""The configuration file: what starts, what is refused, and how soon."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest

from node import ROOT, Node, free_port
from support import exchange


@pytest.fixture
def node():
    node = Node("configuration")
    node.check("id")
    yield node
    node.remove()


def write(node, content):
    path = os.path.join(node.home, "p2pfwd.yaml")
    data = content if isinstance(content, bytes) else content.encode()
    with open(path, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(data)
    return path


def test_a_name_alone_starts_the_forwards_of_the_file(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    write(pair.connecting,
          f"peers:\n  homebox:\n    forwards: ['-L 0:{echo_target.address}']\n")

    child = pair.connecting.start("--print-ports", "homebox")

    port = int(child.output.wait_for(r"^local 0->(\d+)$", 15).group(1))
    assert exchange(port, b"hello") == b"hello"


def test_serve_takes_its_permissions_from_the_file(make_pair, echo_target):
    pair = make_pair(["none"])
    pair.server.stop()
    write(pair.serving, f"listen: {pair.listen}\npermit: {echo_target.address}\n")
    child = pair.serving.start("serve")
    child.errors.wait_for("listening on", 15)

    forward, (port,) = pair.forward(echo_target.address)

    assert exchange(port, b"hello") == b"hello"
    assert forward.is_alive


@pytest.mark.parametrize("content, expected", [
    (b"holt: 1m\n", ":1:1: holt: unknown key\nhint: did you mean 'hold'?"),
    (b"hold: 1m\nhold: 2m\n", ":2:1: hold: it stands twice"),
    (b"\xef\xbb\xbfhold: 1m\n", ":1:1: YAML: there is a byte order mark"),
    (b"hold: 1m\r\n", ":1:9: YAML: a carriage return"),
    (b"hold: \xff\n", ":1:7: YAML: this is not valid UTF-8"),
    (b"hold: \0\n", ":1:7: YAML: there is a control character (U+0000)"),
    (b"a: &a [x]\nb: [*a, *a]\n", ":1:4: YAML: anchors are not read"),
    (b"[" * 10_000, ":1:33: YAML: more than 32 levels"),
    (b"a: " * 10_000, "YAML: this is no YAML"),
    (b"\n" * (1 << 20) + b"a", "larger than 1048576 bytes"),
])
def test_bad_files_are_refused_at_once(node, content, expected):
    path = write(node, content)

    for command in (["config", "check"], ["serve"], ["-L", "1:localhost:1", "homebox"]):
        start = time.monotonic()
        done = node.run(*command)
        assert done.returncode == 2, done.stderr
        assert expected in done.stderr and path in done.stderr
        assert done.stdout == ""
        assert time.monotonic() - start < 5


def test_what_is_no_file_does_not_hang(node):
    path = os.path.join(node.home, "p2pfwd.yaml")
    os.mkfifo(path, 0o600)
    assert "not a regular file" in node.run("config", "check", timeout=10).stderr
    os.unlink(path)
    os.mkdir(path)
    done = node.run("serve", timeout=10)
    assert done.returncode == 2
    assert "not a regular file" in done.stderr


def test_what_holds_is_shown_with_its_origin(node):
    path = write(node, "hold: 20m\npeers: {homebox: {hold: 1m}}\n")

    shown = json.loads(node.check("config", "show", "homebox", "--json"))
    values = {value["key"]: (value["value"], value["origin"]) for value in shown["values"]}
    assert values["hold"] == ("1m", f"{path}:2:19")
    assert values["path"] == ("auto", "default")
    assert node.check("config", "get", "hold") == "20m\n"
    assert node.check("config", "path") == f"{path}\n"
    # What is shown is a file that means the same.
    write(node, node.check("config", "show", "homebox"))
    assert node.check("config", "get", "hold", "homebox") == "1m\n"


def test_a_broken_file_does_not_change_a_running_node(make_pair, echo_target):
    pair = make_pair(["none"])
    pair.server.stop()
    text = f"listen: {pair.listen}\npermit: {echo_target.address}\n"
    write(pair.serving, text)
    server = pair.serving.start("serve")
    server.errors.wait_for("listening on", 15)
    _, (port,) = pair.forward(echo_target.address)
    assert exchange(port, b"hello") == b"hello"

    write(pair.serving, text + "holt: 1m\n")
    server.process.send_signal(signal.SIGHUP)

    server.errors.wait_for(":3:1: holt: unknown key", 10)
    assert exchange(port, b"again") == b"again"

    write(pair.serving, text.replace("permit", "# permit"))
    server.process.send_signal(signal.SIGHUP)
    server.errors.wait_for("permitting", 10)
    with pytest.raises((AssertionError, OSError)):
        assert exchange(port, b"more") == b"more"


def test_serve_starts_the_forwards_that_are_to_start_by_themselves(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    port = free_port()
    write(pair.connecting, "peers:\n  nobody: {autostart: true, forwards: -D 1}\n  homebox:\n"
          f"    autostart: true\n    forwards: ['-L {port}:{echo_target.address}']\n")

    child = pair.connecting.start("serve")

    child.errors.wait_for("forwards to 'nobody'", 15)
    child.errors.wait_for("listening on", 15)
    for _ in range(100):
        try:
            assert exchange(port, b"hello") == b"hello"
            break
        except OSError:
            time.sleep(0.1)
    else:
        raise AssertionError("the forward was not started")
    # Completion asks the node that carries it.
    assert re.fullmatch(r"g\d+\.1\n", pair.connecting.check("__complete", "forwards"))


def test_messages_are_objects_where_the_file_says_so(node):
    write(node, f"listen: 127.0.0.1:{free_port(socket.SOCK_DGRAM)}\nlog-format: json\n")

    child = node.start("serve")

    child.errors.wait_for('"text":"listening on', 15)
    child.stop(10)
    for line in child.errors.lines:
        assert json.loads(line)["pid"] == child.pid, line


@pytest.mark.tools
@pytest.mark.parametrize("page", ["p2pfwd.1", "p2pfwd.yaml.5"])
def test_the_manual_is_clean(page):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    path = os.path.join(ROOT, "packaging", "man", page)

    done = subprocess.run(["mandoc", "-Tlint", "-Wwarning", path], capture_output=True, text=True,
                          timeout=20)

    assert done.stdout == "" and done.returncode == 0
