"""What peers may do: rights that change while flows run, limits, asking, the audit."""

import json
import os
import pty
import select
import socket
import subprocess
import time

import pytest

from processes import wait_until
from support import EchoTarget, connect, exchange


@pytest.fixture
def target(echo_target):
    return echo_target


def permit(pair, *words):
    return pair.serving.check("permit", "laptop", *words)


def is_refused(port):
    try:
        return exchange(port, b"x", timeout=20) == b""
    except ConnectionError:
        return True


def ends_within(client, seconds):
    client.settimeout(seconds)
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def test_permit_gives_and_takes_rights_while_the_node_runs(make_pair, target):
    pair = make_pair([])
    _, (port,) = pair.forward(target.address)
    assert is_refused(port)

    permit(pair, target.address)
    wait_until(lambda: exchange_or_none(port) == b"x")
    with connect(port) as client:
        client.sendall(b"y")
        assert client.recv(1) == b"y"
        permit(pair, "--none")
        assert ends_within(client, 10)
    assert pair.server.errors.wait_for(r"audit: 'laptop' .*, no longer permitted", 10)
    assert is_refused(port)


def test_rights_end_at_the_second_that_was_said(make_pair, target):
    pair = make_pair([])
    # The peer is known from its first contact on.
    _, (port,) = pair.forward(target.address)
    assert is_refused(port)
    began = time.monotonic()
    permit(pair, target.address, "--for", "5s")
    wait_until(lambda: exchange_or_none(port) == b"x")
    with connect(port) as client:
        client.sendall(b"y")
        assert client.recv(1) == b"y"
        assert ends_within(client, 10)
    assert time.monotonic() - began < 9
    assert pair.server.errors.wait_for("audit: .*, no longer permitted", 10)


def test_the_refused_client_is_told_the_reason(make_pair, target):
    pair = make_pair(["localhost:1"])
    forward, (port,) = pair.forward(target.address)
    assert is_refused(port)
    reason = rf"not permitted \(no rule for {target.address}\)"
    assert forward.errors.wait_for(reason, 10)
    assert pair.server.errors.wait_for(reason, 10)


def test_one_flow_more_than_permitted_is_refused(make_pair, target):
    pair = make_pair([target.address], serve_options=["--max-flows", "3"])
    forward, (port,) = pair.forward(target.address)
    clients = [connect(port) for _ in range(3)]
    for client in clients:
        client.sendall(b"y")
        assert client.recv(1) == b"y"
    assert is_refused(port)
    assert forward.errors.wait_for("3 flows at a time are permitted", 10)
    for client in clients:
        client.close()
    wait_until(lambda: exchange_or_none(port) == b"x")


def test_a_rate_holds(make_pair, target):
    pair = make_pair([target.address], serve_options=["--rate", "256K"])
    _, (port,) = pair.forward(target.address)
    began = time.monotonic()
    assert len(exchange(port, bytes(256 * 1024), timeout=60)) == 256 * 1024
    # Both directions count, and an eighth of a second's worth goes at once.
    assert 1.5 < time.monotonic() - began < 20


def test_the_audit_tells_of_flows_and_refusals_and_can_be_rotated(make_pair, target, tmp_path):
    audit = tmp_path / "audit"
    pair = make_pair([target.address], serve_options=["--audit", str(audit)])
    _, (port, other) = pair.forward(target.address, "127.0.0.1:1")
    assert exchange(port, b"hello") == b"hello"
    assert is_refused(other)
    wait_until(lambda: audit.exists() and len(audit.read_text().splitlines()) == 2)
    flow, refusal = map(json.loads, audit.read_text().splitlines())
    if flow["event"] != "flow":
        flow, refusal = refusal, flow
    assert (flow["peer"], flow["request"], flow["up"], flow["down"], flow["end"]) == (
        "laptop", target.address, 5, 5, "closed by the client")
    assert flow["address"] == target.address
    assert (refusal["status"], refusal["detail"]) == (
        "not permitted", "no rule for 127.0.0.1:1")
    assert audit.stat().st_mode & 0o777 == 0o600

    audit.rename(tmp_path / "audit.1")
    pair.server.process.send_signal(1)
    wait_until(audit.exists)
    assert exchange(port, b"again") == b"again"
    wait_until(lambda: "flow" in audit.read_text())


def test_a_program_decides_about_what_no_rule_permits(make_pair, target, tmp_path):
    decide = tmp_path / "decide"
    log = tmp_path / "log"
    decide.write_text(f"""#!/bin/sh
echo "$P2PFWD_PEER $P2PFWD_TARGET $P2PFWD_ADDRESS" >> {log}
case "$P2PFWD_TARGET" in *:{target.port}) echo always;; *) exit 1;; esac
""")
    decide.chmod(0o700)
    pair = make_pair([], serve_options=["--ask-command", str(decide)])
    _, (port, other) = pair.forward(f"localhost:{target.port}", "127.0.0.1:1")
    assert exchange(port, b"hello") == b"hello"
    assert is_refused(other)
    asked = log.read_text().splitlines()
    assert asked[0].startswith(f"laptop localhost:{target.port} ")
    assert exchange(port, b"hello") == b"hello"
    assert log.read_text().splitlines() == asked
    (peer,) = json.loads(pair.serving.check("peers", "--json"))
    assert peer["permit"] == [f"localhost:{target.port}"]


def test_a_person_decides_at_the_terminal(make_pair, target):
    pair = make_pair([])
    pair.server.stop(5)
    controller, terminal = pty.openpty()
    serving = subprocess.Popen(
        [pair.serving.program, "--home", pair.serving.home, "serve", "--listen", pair.listen,
         "--ask"], stdin=terminal, stderr=subprocess.PIPE)
    os.close(terminal)
    try:
        read_until(serving.stderr.fileno(), b"asking about everything else", 15)
        _, (port,) = pair.forward(target.address)
        with connect(port) as client:
            client.sendall(b"x")
            question = f"'laptop' wants {target.address} ({target.address}). Allow?"
            read_until(controller, question.encode(), 10)
            os.write(controller, b"s\n")
            assert client.recv(1) == b"x"
        # The answer holds for the session: nobody is asked again.
        assert exchange(port, b"again") == b"again"
    finally:
        serving.kill()
        serving.wait(10)
        os.close(controller)


def read_until(descriptor, words, seconds):
    """Reads what need not be whole lines."""
    text = b""
    deadline = time.monotonic() + seconds
    while words not in text:
        left = deadline - time.monotonic()
        assert left > 0 and select.select([descriptor], [], [], left)[0], text
        text += os.read(descriptor, 4096)


def test_a_target_is_told_who_connects(make_pair):
    received = []

    def serve(connection):
        received.append(connection.recv(65536))

    target = EchoTarget(serve)
    pair = make_pair([target.address], serve_options=["--proxy-protocol", target.address])
    _, (port,) = pair.forward(target.address)
    exchange(port, b"")
    wait_until(lambda: received)
    header = received[0]
    target.close()
    assert header[:12] == b"\r\n\r\n\0\r\nQUIT\n"
    assert header[12:14] == b"\x21\x11"
    length = int.from_bytes(header[14:16], "big")
    assert len(header) == 16 + length
    assert header[16:20] == socket.inet_aton("127.0.0.1")
    assert int.from_bytes(header[26:28], "big") == target.port
    assert header[28:] == b"\xe0\x00\x06laptop"


def exchange_or_none(port):
    try:
        return exchange(port, b"x", timeout=10)
    except ConnectionError:
        return None
