"""The methods of a node: what they send, and what they make of the answers."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

import p2pfwd
import pytest
from fake_node import Client, FakeNode
from p2pfwd import dynamic, local, remote

SESSION = {
    "peer": "homebox", "state": "up", "kind": "direct", "path": "192.0.2.7:41022",
    "rttMicroseconds": 11_200, "minimumRTTMicroseconds": 10_900, "lossPermille": 1,
    "bytesSent": 5, "bytesReceived": 6, "packetsLost": 7, "sentBitsPerSecond": 8,
    "receivedBitsPerSecond": 9, "flows": 2, "upSeconds": 60, "whyRelayed": None,
}
FORWARD = {
    "forward": "g1.1", "kind": "local", "protocol": "tcp", "requested": 8080, "port": 8080,
    "places": ["127.0.0.1:8080"], "target": "localhost:80", "state": "listening", "flows": 2,
    "openedFlows": 7, "refusedFlows": 0, "bytesSent": 1, "bytesReceived": 2,
}
GROUP = {
    "group": "g1", "peer": "homebox", "isKept": False, "forwards": [FORWARD], "claim": "a1",
}
FLOW = {
    "flow": "s1.4", "peer": "homebox", "forward": "g1.1", "served": False, "request": "a:80",
    "address": "127.0.0.1:5000", "sentBytes": 1, "receivedBytes": 2, "ageSeconds": 3,
}
STATUS = {
    "command": "serve", "pid": 1, "id": "k", "address": "[::]:7001", "uptimeSeconds": 12,
    "servers": [{"name": "r", "state": "registered", "up": True, "observed": "192.0.2.1:5"}],
    "sessions": [SESSION], "groups": [GROUP], "flows": [FLOW], "counters": {"a": 1},
    "somethingNew": True,
}
PEER = {
    "name": "homebox", "id": "k", "candidates": ["192.0.2.7:1"], "rendezvous": [],
    "permit": ["*:80"], "added": "2026-11-26T19:00:00Z", "expires": None,
}


def test_status_has_all_that_the_node_says(home: str) -> None:
    with FakeNode.answering(home, node_status=STATUS) as fake, p2pfwd.Node(home) as node:
        status = node.status(flows=True)

    assert fake.requests[0]["params"] == {"flows": True}
    assert status.servers[0].observed == "192.0.2.1:5"
    assert status.sessions[0].minimum_rtt_microseconds == 10_900
    assert status.sessions[0].why_relayed is None
    assert status.groups[0].forwards[0].opened_flows == 7
    assert status.flows[0].age_seconds == 3
    assert status.counters == {"a": 1}


Calls = List["tuple[str, Callable[[p2pfwd.Node], Any], Any, Dict[str, Any], Any]"]

CALLS: Calls = [
    ("node.stop", lambda node: node.stop(now=True), {}, {"now": True}, None),
    ("node.stop", lambda node: node.stop(), {}, {}, None),
    ("node.reload", lambda node: node.reload(), {"nextStart": ["listen"]}, {}, ["listen"]),
    ("node.handover", lambda node: node.hand_over("/bin/p"), {}, {"program": "/bin/p"}, None),
    ("log.level", lambda node: node.set_log_level("debug"), {"former": "info"},
     {"level": "debug"}, "info"),
    ("log.recent", lambda node: node.recent_log(1),
     {"lines": [{"time": "t", "level": "info", "text": "x"}]}, {"lines": 1},
     [p2pfwd.LogLine("t", "info", "x")]),
    ("events.subscribe", lambda node: node.subscribe("log", "status", level="debug",
                                                     interval_milliseconds=500),
     {}, {"topics": ["log", "status"], "level": "debug", "intervalMilliseconds": 500}, None),
    ("events.unsubscribe", lambda node: node.unsubscribe("log"), {}, {"topics": ["log"]}, None),
    ("peers.rename", lambda node: node.rename_peer("a", "b"), {}, {"peer": "a", "to": "b"}, None),
    ("peers.remove", lambda node: node.remove_peer("a"), {}, {"peer": "a"}, None),
    ("peers.revoke", lambda node: node.revoke_peer("a"), {}, {"peer": "a"}, None),
    ("peers.permit", lambda node: node.permit("a", "*:80"), {"permit": ["*:80"]},
     {"peer": "a", "arguments": ["*:80"]}, {"permit": ["*:80"]}),
    ("pair.invite", lambda node: node.invite("a", words=3, expires_seconds=60, uses=1),
     {"invitation": "i1"}, {"name": "a", "words": 3, "expiresSeconds": 60, "uses": 1}, "i1"),
    ("pair.cancel", lambda node: node.cancel_invitation("i1"), {}, {"invitation": "i1"}, None),
    ("pair.join", lambda node: node.join("7-a-b"),
     {"peer": "a", "checkPhrase": "x y", "offers": ["*:80"]}, {"code": "7-a-b"},
     p2pfwd.Joined("a", "x y", ["*:80"])),
    ("session.disconnect", lambda node: node.disconnect("a"), {}, {"peer": "a"}, None),
    ("path.why", lambda node: node.why("a", timeout_seconds=5),
     {"explanation": {"verdict": "v"}, "lines": ["v"]}, {"peer": "a", "timeoutSeconds": 5},
     p2pfwd.Explanation({"verdict": "v"}, ["v"])),
    ("path.netcheck", lambda node: node.netcheck(), {"ipv6": True}, {}, {"ipv6": True}),
    ("path.speedtest", lambda node: node.speed_test("a", seconds=5, direction="up"),
     {"up": {"bytes": 1, "seconds": 2, "bitsPerSecond": 4.5}, "rttMicroseconds": 1,
      "loadedRTTMicroseconds": 2},
     {"peer": "a", "seconds": 5, "direction": "up"},
     p2pfwd.SpeedTest(up=p2pfwd.Speed(1, 2.0, 4.5), rtt_microseconds=1,
                      loaded_rtt_microseconds=2)),
    ("forward.cancel", lambda node: node.cancel_group("g1", drain_seconds=5), {"cancelled": 2},
     {"group": "g1", "drainSeconds": 5}, 2),
    ("forward.cancel", lambda node: node.cancel_forward("g1.1"), {"cancelled": 1},
     {"forward": "g1.1"}, 1),
    ("forward.cancel", lambda node: node.cancel_entry("a", "local", "8080"), {"cancelled": 1},
     {"peer": "a", "kind": "local", "entry": "8080"}, 1),
    ("flow.close", lambda node: node.close_flow("s1.4"), {}, {"flow": "s1.4"}, None),
    ("some.method", lambda node: node.call("some.method", a=1, b=None), [1], {"a": 1}, [1]),
]


@pytest.mark.parametrize(
    "method, call, result, parameters, expected", CALLS,
    ids=[f"{index}-{entry[0]}" for index, entry in enumerate(CALLS)])
def test_each_method_sends_its_parameters_and_reads_its_result(
        home: str, method: str, call: Callable[[p2pfwd.Node], Any], result: Any,
        parameters: Dict[str, Any], expected: Any) -> None:
    with FakeNode.answering(home, **{method.replace(".", "_"): result}) as fake:
        with p2pfwd.Node(home) as node:
            assert call(node) == expected

    assert [(request["method"], request["params"]) for request in fake.requests] == [
        (method, parameters)]


def test_peers_have_their_rights_among_all_members(home: str) -> None:
    with FakeNode.answering(home, peers_list={"peers": [PEER]}), p2pfwd.Node(home) as node:
        peer, = node.peers()

    assert peer.name == "homebox" and peer.expires is None
    assert peer.members["permit"] == ["*:80"]


def test_a_session_is_up_when_connect_returns(home: str) -> None:
    with FakeNode.answering(home, session_connect=SESSION) as fake, p2pfwd.Node(home) as node:
        session = node.connect("homebox", timeout_seconds=5)

    assert fake.requests[0]["params"] == {"peer": "homebox", "timeoutSeconds": 5}
    assert (session.peer, session.state, session.rtt_microseconds) == ("homebox", "up", 11_200)


def test_forwards_are_set_up_together(home: str) -> None:
    results = {"forward_add": GROUP, "forward_list": {"groups": [GROUP]}, "forward_follow": GROUP}
    with FakeNode.answering(home, **results) as fake, p2pfwd.Node(home) as node:
        group = node.add_forwards(
            "homebox", local("8080:localhost:80"), remote("9:b:9"), dynamic("1080"),
            settings={"UDPTimeout": "5"}, proxy_users_file="/u", opens_proxy=True, keep=True,
            follow=True)
        node.add_forwards("homebox", local("1:b:1"))
        assert node.groups() == [group]
        assert node.follow(group) == group

    assert fake.requests[0]["params"] == {
        "peer": "homebox",
        "forwards": [
            {"kind": "local", "specification": "8080:localhost:80"},
            {"kind": "remote", "specification": "9:b:9"},
            {"kind": "dynamic", "specification": "1080"},
        ],
        "settings": {"UDPTimeout": "5"}, "proxyUsersFile": "/u", "opensProxy": True,
        "keep": True, "follow": True,
    }
    assert set(fake.requests[1]["params"]) == {"peer", "forwards"}
    assert fake.requests[3]["params"] == {"group": "g1", "claim": "a1"}
    assert group.forwards[0].places == ["127.0.0.1:8080"]


def test_progress_is_told_as_it_comes(home: str) -> None:
    answer = {"sequence": 1, "kind": "direct", "path": "p", "rttMicroseconds": 5, "silent": False}

    def serve(client: Client) -> None:
        request = client.request()
        assert request
        client.notify("progress", call=99, of="somebody else")
        client.notify("progress", call=request["id"], answer=answer)
        client.event("session", "heard")
        client.answer(request, {"count": 1})

    told: List[p2pfwd.PingAnswer] = []
    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        answers = node.ping("homebox", 1, progress=told.append)
        assert [event.kind for event in node.events()] == ["heard"]

    assert answers == [p2pfwd.PingAnswer(1, "direct", "p", 5)]
    assert told == answers


def test_events_are_kept_while_other_calls_are_made(home: str) -> None:
    def serve(client: Client) -> None:
        while request := client.request():
            client.event("session", "up", "connected", peer="homebox")
            client.answer(request, {"peers": []} if request["method"] == "peers.list" else {})

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        node.subscribe("session")
        node.peers()
        events = list(node.events(timeout=0.05))
        assert node.next_event(0) is None

    assert [(event.topic, event.kind, event.text) for event in events] == [
        ("session", "up", "connected")] * 2
    assert events[0].members["peer"] == "homebox"


def test_recent_events_may_be_of_all_topics(home: str) -> None:
    event = {"topic": "node", "kind": "started", "time": "t", "text": "x"}
    with FakeNode.answering(home, events_recent={"events": [event]}) as fake:
        with p2pfwd.Node(home) as node:
            assert node.recent_events()[0].text == "x"
            node.recent_events("node", "path")

    assert [request["params"] for request in fake.requests] == [
        {}, {"topics": ["node", "path"]}]


@pytest.mark.parametrize("code, kind, exit_code", [
    (1, p2pfwd.NodeError, 1), (3, p2pfwd.PeerRefused, 3), (4, p2pfwd.NotReachable, 4),
    (5, p2pfwd.Refused, 5), (6, p2pfwd.ForwardFailed, 6), (7, p2pfwd.NoDirectPath, 7),
    (-32000, p2pfwd.Busy, None), (-32601, p2pfwd.NodeError, None),
])
def test_errors_have_the_class_of_their_code(
        home: str, code: int, kind: type, exit_code: Any) -> None:
    def serve(client: Client) -> None:
        request = client.request()
        assert request
        client.fail(request, code, "peer 'a': no", what="peer 'a'", why="no", hint="try b")

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        with pytest.raises(p2pfwd.NodeError) as caught:
            node.connect("a")

    error = caught.value
    assert type(error) is kind and str(error) == "peer 'a': no"
    assert (error.code, error.exit_code) == (code, exit_code)
    assert (error.what, error.why, error.hint) == ("peer 'a'", "no", "try b")


def test_a_flow_is_a_socket_with_all_that_follows_the_answer(home: str) -> None:
    def serve(client: Client) -> None:
        request = client.request()
        if request is None:
            return
        requests.append(request)
        # In one piece, so that a greedy reader would take too much.
        client.send(b'{"jsonrpc":"2.0","id":1,"result":{}}\nhello\n')
        client.send(client.connection.recv(100).upper())

    requests: List[Dict[str, Any]] = []
    with FakeNode(home, serve), p2pfwd.Node(home, timeout=10) as node:
        with node.open("homebox", "a:80") as flow:
            assert flow.gettimeout() is None
            assert flow.recv(100) == b"hello\n"
            flow.sendall(b"question")
            assert flow.recv(100) == b"QUESTION"
            assert flow.recv(100) == b""

    assert requests[0]["method"] == "forward.open"
    assert requests[0]["params"] == {"peer": "homebox", "target": "a:80"}


def test_a_flow_that_is_refused_is_an_error(home: str) -> None:
    def serve(client: Client) -> None:
        request = client.request()
        if request is not None:
            client.fail(request, 5, "a:80: not permitted")

    with FakeNode(home, serve), p2pfwd.Node(home) as node:
        with pytest.raises(p2pfwd.Refused):
            node.open("homebox", "a:80")
