"""The one running node of a home, through which all its commands work."""

import json
import os
import signal
import socket
import time

import pytest

from fake_node import FakeNode
from node import Node, find_program, free_port
from processes import wait_until
from support import EchoTarget, connect, exchange, receive_all


@pytest.fixture
def pair(make_pair):
    return make_pair(["localhost:*"], shares_node=True)


@pytest.fixture
def listening_pair(make_pair):
    """The serving node lets its peers listen, too."""
    return make_pair(["localhost:*"], shares_node=True,
                     serve_options=["--permit-listen", "localhost:*"])


class Control:
    """A client of the control socket that knows nothing but lines of JSON."""

    def __init__(self, home):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect(os.path.join(home, "control"))
        self.file = self.socket.makefile("rb")
        self.events = []

    def call(self, method, **params):
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        self.socket.sendall(json.dumps(request).encode() + b"\n")
        while "id" not in (answer := json.loads(self.file.readline())):
            self.events.append(answer["params"])
        return answer

    def result(self, method, **params):
        answer = self.call(method, **params)
        assert "result" in answer, answer
        return answer["result"]

    def event(self, topic, kind):
        """The members of the next event of this kind."""
        while True:
            waiting = self.events.pop(0) if self.events else None
            params = waiting or json.loads(self.file.readline())["params"]
            if (params.get("topic"), params.get("kind")) == (topic, kind):
                return params

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.socket.close()


def status(pair):
    with Control(pair.connecting.home) as control:
        return control.result("node.status", flows=True)


def end(child):
    """Has a command end, but not the node that it may have started."""
    child.signal(signal.SIGTERM)
    return child.wait(10)


def is_gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    # Whoever was started by the node's starter is collected by nobody but init.
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "Z"


def is_open(port):
    try:
        connect(port, 2).close()
        return True
    except OSError:
        return False


# Sharing


def test_commands_share_one_session(pair, echo_target):
    first, (a,) = pair.forward(echo_target.address)
    second, (b,) = pair.forward(echo_target.address)

    assert exchange(a, b"one") == b"one" and exchange(b, b"two") == b"two"

    report = status(pair)
    assert len(report["sessions"]) == 1 and report["sessions"][0]["state"] == "up"
    assert [group["peer"] for group in report["groups"]] == ["homebox", "homebox"]
    assert sum("connected from" in line for line in pair.server.errors.lines) == 1


def test_the_end_of_a_command_is_that_of_its_forwards_alone(pair, echo_target):
    first, (a,) = pair.forward(echo_target.address)
    second, (b,) = pair.forward(echo_target.address)
    with connect(b) as flow:
        flow.sendall(b"before")
        assert flow.recv(100) == b"before"

        assert end(first) == 0

        assert not is_open(a)
        flow.sendall(b"after")
        assert flow.recv(100) == b"after"


def test_a_command_that_is_killed_takes_its_forwards_along(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)

    child.kill()

    wait_until(lambda: not is_open(port))
    assert status(pair)["groups"] == []


def test_flows_may_finish_when_their_command_ends(pair):
    def serve(connection):
        connection.recv(100)
        time.sleep(1)
        connection.sendall(b"late")

    target = EchoTarget(serve)
    child, (port,) = pair.forward(target.address)
    with connect(port) as flow:
        flow.sendall(b"ask")
        wait_until(lambda: target.accepted == 1)
        child.signal(signal.SIGTERM)

        assert receive_all(flow) == b"late"
        assert child.wait(10) == 0
    target.close()


def test_forwards_in_the_background_are_left_to_the_node(pair, echo_target):
    port = free_port()

    done = pair.connecting.run("-f", "-L", f"{port}:{echo_target.address}", "homebox")

    assert done.returncode == 0, done.stderr
    assert exchange(port, b"still here") == b"still here"
    assert status(pair)["groups"][0]["isKept"] is True


def test_a_forward_that_cannot_be_set_up_leaves_nothing(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    free = free_port()

    done = pair.connecting.run("-L", f"{free}:{echo_target.address}", "-L",
                               f"{port}:{echo_target.address}", "homebox")

    assert done.returncode == 6 and "Address already in use" in done.stderr
    assert not is_open(free)
    assert len(status(pair)["groups"]) == 1


def test_a_peer_that_does_not_answer_is_given_up(pair, echo_target):
    pair.server.kill()

    done = pair.connecting.run("--connect-timeout", "1", "-L", f"0:{echo_target.address}",
                               "homebox")

    assert done.returncode == 4 and "no answer within 1s" in done.stderr


def test_what_a_node_cannot_share_goes_by_itself(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address, options=["--standalone"])

    assert exchange(port, b"alone") == b"alone"
    assert not os.path.exists(os.path.join(pair.connecting.home, "control"))


def test_a_socket_is_named_by_the_folder_of_its_command(pair, echo_target, tmp_path):
    child = pair.connecting.start("-L", f"there.sock:{echo_target.address}", "homebox")
    child.stop()

    done = pair.connecting.run("-f", "-L", f"{tmp_path}/100%.sock:{echo_target.address}", "homebox")
    assert done.returncode == 2 and "%.s" in done.stderr
    done = pair.connecting.run("-f", "-L", f"{tmp_path}/100%%.sock:{echo_target.address}",
                               "homebox")
    assert done.returncode == 0 and os.path.exists(f"{tmp_path}/100%.sock")


# The node's life


def test_an_unused_node_ends_by_itself(pair, echo_target):
    child, _ = pair.forward(echo_target.address)
    pid = status(pair)["pid"]

    end(child)

    wait_until(lambda: is_gone(pid))
    assert not os.path.exists(os.path.join(pair.connecting.home, "control"))


def test_a_node_that_is_stopped_lets_flows_finish(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    pid = status(pair)["pid"]

    assert pair.connecting.run("stop").returncode == 0

    wait_until(lambda: is_gone(pid))
    # The command has its forward set up by the next node.
    wait_until(lambda: is_open(port))
    assert child.is_alive and exchange(port, b"again") == b"again"


def test_a_node_that_is_killed_is_replaced(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    child.errors.wait_for("connected to", 20)
    pid = status(pair)["pid"]

    os.kill(pid, signal.SIGKILL)

    child.errors.wait_for("waiting for another one", 20)
    wait_until(lambda: os.path.exists(os.path.join(pair.connecting.home, "control"))
               and is_open(port))
    assert exchange(port, b"again") == b"again"
    assert status(pair)["pid"] != pid


def test_stopping_what_does_not_run_is_an_error(pair):
    done = pair.connecting.run("stop")

    assert done.returncode == 1 and "no node of this home is running" in done.stderr


def test_there_is_one_node_of_a_home(pair):
    done = pair.serving.run("serve", "--listen", "127.0.0.1:0")

    assert done.returncode == 8 and "already running (pid" in done.stderr


def test_a_node_that_serves_takes_the_place_of_one_that_was_started(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    pid = status(pair)["pid"]

    server = pair.connecting.serve("127.0.0.1:0", [])

    wait_until(lambda: is_open(port))
    assert exchange(port, b"moved") == b"moved"
    assert status(pair)["pid"] == server.pid != pid
    server.stop()


def test_each_of_many_commands_finds_its_own_forwards_at_each_next_node(pair, echo_target):
    ports = [pair.forward(echo_target.address)[1][0] for _ in range(4)]
    for _ in range(4):
        server = pair.connecting.serve("127.0.0.1:0", [])

        for port in ports:
            wait_until(lambda: is_open(port))
            assert exchange(port, b"moved") == b"moved"
        assert status(pair)["pid"] == server.pid
        server.stop()
        # Whichever command is first starts the next node.
        for port in ports:
            wait_until(lambda: is_open(port))


def test_a_node_that_ends_while_it_is_asked_for_the_forwards_is_waited_out(pair):
    home, group = pair.connecting.home, {"group": "g1", "claim": "c1"}
    first = FakeNode(home, {"forward.add": group})
    child = pair.connecting.start("-L", f"{free_port()}:localhost:9", "homebox")
    first.wait_for("forward.add")
    first.stop()
    second = FakeNode(home, {"forward.follow": lambda _: second.stop()})
    second.wait_for("forward.follow")
    third = FakeNode(home, {"forward.follow": group})

    third.wait_for("forward.follow")

    assert child.process.poll() is None
    child.kill()
    third.stop()


def test_a_mistake_in_a_file_is_told_by_reload_and_changes_nothing(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    with open(os.path.join(pair.connecting.home, "peers"), "a") as file:
        file.write("this is no peer\n")

    done = pair.connecting.run("reload")

    assert done.returncode != 0 and "peers" in done.stderr
    assert exchange(port, b"goes on") == b"goes on"


@pytest.mark.parametrize("count", [5])
def test_a_node_becomes_another_program_while_its_forwards_go_on(pair, echo_target, count):
    child, (port,) = pair.forward(echo_target.address)
    kept = free_port()
    assert pair.connecting.run("-f", "-L", f"{kept}:{echo_target.address}",
                               "homebox").returncode == 0
    pid = status(pair)["pid"]
    with connect(port) as flow, connect(kept) as other:
        for number in range(count):
            done = pair.connecting.run("handover", find_program("p2pfwd"))
            assert done.returncode == 0, done.stderr
            for client in (flow, other):
                client.sendall(b"still %d" % number)
                assert client.recv(100) == b"still %d" % number
        assert exchange(port, b"new") == b"new" and exchange(kept, b"new") == b"new"
        assert status(pair)["pid"] == pid
        assert [group["group"] for group in status(pair)["groups"]] == ["g1", "g2"]
    # The command is the owner of its forwards again.
    assert end(child) == 0
    wait_until(lambda: not is_open(port))
    assert exchange(kept, b"kept") == b"kept"


def test_a_handover_to_what_is_no_program_changes_nothing(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)

    done = pair.connecting.run("handover", "/no/such/program")

    assert done.returncode == 8 and "No such file" in done.stderr
    assert exchange(port, b"goes on") == b"goes on"


@pytest.mark.parametrize("content, mode, expected", [
    ("#!/bin/sh\nexit 0\n", 0o600, "Permission denied"),
    ("this is no program\n", 0o700, "Exec format error"),
    # It knows nothing of handovers: it is another program, or one of long ago.
    ("#!/bin/sh\nexit 0\n", 0o700, "cannot go on with a node"),
    ("#!/bin/sh\necho unknown command >&2\nexit 2\n", 0o700, "cannot go on with a node"),
    ("#!/bin/sh\nkill -SEGV $$\n", 0o700, "crashed"),
    ("#!/bin/sh\nsleep 1000\n", 0o700, "did not say whether"),
    # One that reads another form of what is left.
    ('#!/bin/sh\nshift 2\nexec PROGRAM __handover-check 999 "$@"\n', 0o700, "has another form"),
    # One that does not have an option of ours any more.
    ('#!/bin/sh\nshift 2\nexec PROGRAM __handover-check VERSION --gone "$@"\n', 0o700, "--gone"),
], ids=["not-executable", "no-program", "silent", "old", "crash", "hang", "form", "option"])
def test_a_program_that_could_not_go_on_is_not_given_the_node(
        pair, echo_target, tmp_path, content, mode, expected):
    child, (port,) = pair.forward(echo_target.address)
    program = tmp_path / "program"
    content = content.replace("PROGRAM", find_program("p2pfwd")).replace("VERSION", "2")
    program.write_text(content)
    program.chmod(mode)
    with connect(port) as flow:
        flow.sendall(b"before")
        assert flow.recv(6) == b"before"

        done = pair.connecting.run("handover", program)

        assert done.returncode != 0 and expected in done.stderr, done.stderr
        flow.sendall(b"after")
        assert flow.recv(5) == b"after"
    # What was refused is not in the way of what works.
    assert pair.connecting.run("handover").returncode == 0
    assert exchange(port, b"goes on") == b"goes on"
    assert child.is_alive


def test_a_file_with_a_mistake_does_not_end_a_node_at_a_handover(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    path = os.path.join(pair.connecting.home, "p2pfwd.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("hold: nonsense\n")

    done = pair.connecting.run("handover")

    assert done.returncode != 0 and f"{path}:1:" in done.stderr
    assert exchange(port, b"goes on") == b"goes on"
    assert child.is_alive


def test_flows_keep_their_forwards_at_a_handover(pair, echo_target):
    _, (port, gone) = pair.forward(echo_target.address, echo_target.address)
    assert exchange(port, b"over") == b"over"
    assert pair.connecting.run("cancel", "g1.2").returncode == 0
    assert not is_open(gone)
    with connect(port) as flow:
        flow.sendall(b"before")
        assert flow.recv(6) == b"before"
        assert pair.connecting.run("handover").returncode == 0
        flow.sendall(b"after")
        assert flow.recv(5) == b"after"

        report = status(pair)
        (forward,) = report["groups"][0]["forwards"]
        assert forward["forward"] == "g1.1" and forward["flows"] == 1
        assert forward["openedFlows"] == 2
        assert (forward["bytesSent"], forward["bytesReceived"]) == (15, 15)
        assert [flow["forward"] for flow in report["flows"]] == ["g1.1"]


def test_a_pairing_is_not_cut_off_by_a_handover(pair):
    assert pair.connecting.run("connect", "homebox").returncode == 0
    with Control(pair.connecting.home) as control:
        invitation = control.result("pair.invite")["invitation"]
        done = pair.connecting.run("handover")
        assert done.returncode == 1 and "a pairing by a code is under way" in done.stderr
        assert control.result("pair.cancel", invitation=invitation) == {}
    assert pair.connecting.run("handover").returncode == 0


# Control


def test_forwards_are_added_listed_and_cancelled_while_flows_run(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    with connect(port) as flow, Control(pair.connecting.home) as control:
        flow.sendall(b"before")
        assert flow.recv(100) == b"before"

        kinds = [("local", f"0:{echo_target.address}"), ("dynamic", "0"),
                 ("local", f"0:{echo_target.address}/udp")]
        group = control.result(
            "forward.add", peer="homebox",
            forwards=[{"kind": kind, "specification": text} for kind, text in kinds])
        names = [forward["forward"] for forward in group["forwards"]]
        added = group["forwards"][0]["port"]
        assert exchange(added, b"new") == b"new"
        assert len(control.result("forward.list")["groups"]) == 2

        assert control.result("forward.cancel", forward=names[0]) == {"cancelled": 1}
        assert not is_open(added)
        assert control.result("forward.cancel", kind="dynamic",
                              entry=str(group["forwards"][1]["port"])) == {"cancelled": 1}
        assert control.result("forward.cancel", group=group["group"]) == {"cancelled": 1}
        assert control.call("forward.cancel", group=group["group"])["error"]["code"] == 1

        flow.sendall(b"after")
        assert flow.recv(100) == b"after"


def test_a_flow_is_opened_over_the_control_socket(pair, echo_target):
    child, _ = pair.forward(echo_target.address)
    with Control(pair.connecting.home) as control:
        assert control.result("forward.open", peer="homebox", target=echo_target.address) == {}
        control.socket.sendall(b"raw bytes")
        control.socket.shutdown(socket.SHUT_WR)
        assert control.file.read() == b"raw bytes"
    with Control(pair.connecting.home) as control:
        refused = control.call("forward.open", peer="homebox",
                               target=f"localhost:{free_port()}")
        assert refused["error"]["code"] == 6 and "refused" in refused["error"]["message"]


def test_flows_are_listed_and_closed(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    with connect(port) as flow, Control(pair.connecting.home) as control:
        flow.sendall(b"hello")
        assert flow.recv(100) == b"hello"

        (entry,) = control.result("flow.list")["flows"]
        assert entry["peer"] == "homebox" and entry["forward"] == "g1.1"
        assert entry["sentBytes"] == entry["receivedBytes"] == 5
        control.result("flow.close", flow=entry["flow"])

        with pytest.raises(ConnectionResetError):
            flow.recv(100)


def test_events_are_told_to_who_asks_for_them(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    exchange(port, b"x")
    with Control(pair.connecting.home) as control:
        control.result("events.subscribe", topics=["session", "flow"])
        exchange(port, b"x")
        event = json.loads(control.file.readline())
        assert event["method"] == "event" and event["params"]["topic"] == "flow"
        assert event["params"]["kind"] == "opened" and event["params"]["peer"] == "homebox"
        kinds = [event["kind"] for event in control.result("events.recent", topics=["session"])
                 ["events"]]
        assert kinds == ["up"]
        topics = {event["topic"] for event in control.result("events.recent")["events"]}
        assert {"session", "flow"} <= topics


@pytest.mark.parametrize("call, code", [
    (("no.such", {}), -32601),
    (("forward.add", {"peer": "homebox", "forwards": [], "colour": "red"}), -32602),
    (("forward.add", {"peer": "homebox", "forwards": [{"kind": "local",
                                                       "specification": "8080"}]}), 2),
    (("forward.add", {"peer": "homebox", "forwards": [{"kind": "local", "specification": "0:a:1"}],
                      "settings": {"Hold": "1h"}}), -32602),
    (("forward.add", {"peer": "nobody", "forwards": [{"kind": "dynamic",
                                                      "specification": "0"}]}), 3),
    (("session.connect", {"peer": "nobody"}), 3),
    (("events.subscribe", {"topics": ["weather"]}), -32602),
])
def test_a_call_with_a_mistake_says_so(pair, echo_target, call, code):
    child, _ = pair.forward(echo_target.address)
    with Control(pair.connecting.home) as control:
        assert control.call(call[0], **call[1])["error"]["code"] == code


def test_paths_are_asked_about_by_way_of_the_node(pair, echo_target):
    child, _ = pair.forward(echo_target.address)

    ping = pair.connecting.run("ping", "homebox", "--until-direct", "--for", "20s")
    why = pair.connecting.run("why", "homebox", "--json", timeout=40)

    assert ping.returncode == 0 and "direct" in ping.stdout
    assert json.loads(why.stdout)["kind"] == "direct"
    assert sum("connected from" in line for line in pair.server.errors.lines) == 1


def test_speed_is_measured_over_the_session_that_flows_use(pair, echo_target):
    _, (port,) = pair.forward(echo_target.address)

    done = pair.connecting.run("speedtest", "homebox", "--seconds", "2", timeout=60)

    assert done.returncode == 0, done.stderr
    assert "up 1 s: " in done.stderr and "down 1 s: " in done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["up", "down", "RTT"]
    (session,) = json.loads(pair.serving.check("status", "--json"))[0]["sessions"]
    assert session["bytesReceived"] > 100_000
    only = json.loads(pair.connecting.check(
        "speedtest", "homebox", "--seconds", "1", "--down", "--json", timeout=60))
    assert only["up"] is None and only["down"]["bytes"] > 0
    assert exchange(port, b"hello") == b"hello"
    assert pair.connecting.run("speedtest", "nobody").returncode == 3


def test_peers_are_changed_by_way_of_the_node(pair, echo_target):
    child, (port,) = pair.forward(echo_target.address)
    exchange(port, b"hello")
    with Control(pair.serving.home) as control:
        control.result("peers.permit", peer="laptop", arguments=["localhost:22", "--max-flows", "3"])
        (peer,) = control.result("peers.list")["peers"]
        assert "localhost:22" in peer["permit"] and peer["flows"] == 3
        control.result("peers.rename", peer="laptop", to="notebook")
        control.result("peers.revoke", peer="notebook")
        assert control.call("peers.revoke", peer="laptop")["error"]["code"] == 3


def test_a_remote_forward_comes_and_goes_while_flows_run(listening_pair, echo_target):
    pair = listening_pair
    child, (port,) = pair.forward(echo_target.address)
    with connect(port) as flow, Control(pair.connecting.home) as control:
        flow.sendall(b"before")
        assert flow.recv(100) == b"before"

        group = control.result("forward.add", peer="homebox", forwards=[
            {"kind": "remote", "specification": f"0:{echo_target.address}"},
            {"kind": "remote", "specification": "0"}])
        remote, proxy = (forward["port"] for forward in group["forwards"])
        assert exchange(remote, b"from the peer's side") == b"from the peer's side"
        assert is_open(proxy)
        control.result("forward.cancel", kind="remote", entry=str(remote))
        wait_until(lambda: not is_open(remote))
        assert is_open(proxy)
        control.result("forward.cancel", group=group["group"])
        wait_until(lambda: not is_open(proxy))

        flow.sendall(b"after")
        assert flow.recv(100) == b"after"


def test_nodes_pair_for_their_clients(pair):
    newcomer = Node("newcomer", shares_node=True)
    try:
        with Control(pair.serving.home) as control:
            control.result("pair.invite", name="newcomer")
            code = control.event("pair", "code")["code"]
            done = newcomer.run("shell", "-c", f"pair {code}", timeout=60)
            assert done.returncode == 0, done.stderr
            paired = control.event("pair", "paired")
            assert paired["peer"] == "newcomer" and paired["checkPhrase"] in done.stdout
            names = [peer["name"] for peer in control.result("peers.list")["peers"]]
            assert "newcomer" in names
    finally:
        newcomer.run("stop", "--now")
        newcomer.remove()


def test_an_invitation_ends_with_its_client_or_when_it_is_cancelled(pair):
    with Control(pair.serving.home) as control:
        name = control.result("pair.invite")["invitation"]
        control.event("pair", "code")
        assert control.result("pair.cancel", invitation=name) == {}
        control.event("pair", "failed")
        assert control.call("pair.cancel", invitation="i99")["error"]["code"] == 1
        assert control.call("pair.join", code="1234-no-suchword")["error"]["code"] == 3


def test_a_node_measures_and_logs_for_its_clients(pair, echo_target):
    child, _ = pair.forward(echo_target.address)
    child.errors.wait_for("connected to", 20)
    with Control(pair.connecting.home) as control:
        result = control.result("path.speedtest", peer="homebox", seconds=1, direction="up")
        assert result["up"]["bytes"] > 0 and result["down"] is None
        assert control.result("log.level", level="debug") == {"former": "info"}
        assert control.result("log.level", level="info") == {"former": "debug"}
        lines = control.result("log.recent", lines=1_000)["lines"]
        assert any("connected to 'homebox'" in line["text"] for line in lines)
        # Nobody is known whom to ask.
        assert control.call("path.netcheck")["error"]["code"] == 2
        control.result("events.subscribe", topics=["status"], intervalMilliseconds=100)
        assert control.event("status", "sample")["sessions"][0]["peer"] == "homebox"
