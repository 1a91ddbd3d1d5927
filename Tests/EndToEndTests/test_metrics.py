"""What a node tells Prometheus, judged by Prometheus' own parsers, and whether it is true."""

import json
import os
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from node import ROOT, Node, free_port
from support import EchoTarget, Pair, connect, exchange

TYPES = {"counter", "gauge", "histogram"}
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


class Metrics:
    """The text format, version 0.0.4, read strictly."""

    def __init__(self, text):
        assert text.endswith("\n")
        self.text = text
        self.types, self.values = {}, {}
        family = None
        for line in text.splitlines():
            if line.startswith("# HELP "):
                _, _, family, meaning = line.split(" ", 3)
                assert family not in self.types and meaning.endswith("."), line
                self.types[family] = None
            elif line.startswith("# TYPE "):
                _, _, name, kind = line.split(" ")
                assert name == family and self.types[name] is None and kind in TYPES, line
                self.types[name] = kind
            else:
                self._read_sample(line, family)
        self._check_histograms()

    def _read_sample(self, line, family):
        match = SAMPLE.fullmatch(line)
        assert match, line
        name, labels, value = match.groups()
        kind = self.types[family]
        ends = ["_bucket", "_sum", "_count"] if kind == "histogram" else [""]
        assert name in [family + end for end in ends], line
        found = LABEL.findall(labels or "")
        assert ",".join(f'{key}="{text}"' for key, text in found) == (labels or ""), line
        assert len({key for key, _ in found}) == len(found), line
        key = (name, frozenset(found))
        assert key not in self.values, line
        self.values[key] = float(value)
        assert kind == "gauge" or self.values[key] >= 0, line

    def _check_histograms(self):
        for family, kind in self.types.items():
            assert kind, family
            assert (kind == "counter") == family.endswith("_total"), family
            if kind != "histogram":
                continue
            rows = {}
            for (name, labels), value in self.values.items():
                if name == f"{family}_bucket":
                    rest = frozenset(label for label in labels if label[0] != "le")
                    rows.setdefault(rest, []).append((float(dict(labels)["le"]), value))
            for rest, buckets in rows.items():
                assert buckets == sorted(buckets) and buckets[-1][0] == float("inf")
                assert [count for _, count in buckets] == sorted(count for _, count in buckets)
                assert buckets[-1][1] == self.values[(f"{family}_count", rest)]

    def __call__(self, name, **labels):
        return self.values[(name, frozenset(labels.items()))]

    def sum(self, name, **labels):
        return sum(value for (other, has), value in self.values.items()
                   if other == name and has >= set(labels.items()))


def metrics(node):
    return Metrics(node.check("metrics"))


def wait_for(node, condition, timeout=15):
    deadline = time.monotonic() + timeout
    while not condition(now := metrics(node)):
        assert time.monotonic() < deadline, now.text
        time.sleep(0.1)
    return now


@pytest.fixture
def forwarded():
    """Two nodes with web servers, a forward to an echo and one to a place that is not permitted."""
    target = EchoTarget()
    web = f"127.0.0.1:{free_port()}"
    pair = Pair([target.address, "127.0.0.1:1"], shares_node=True, serve_options=[
        "--web", web, "--web-origin", "https://shop.example"])
    pair.web = f"http://{web}"
    child, ports = pair.forward(target.address, "127.0.0.1:1", "127.0.0.1:2")
    yield pair, ports
    child.stop(5)
    pair.stop()
    target.close()


def fetch(url, **fields):
    with urllib.request.urlopen(urllib.request.Request(url, headers=fields), timeout=10) as answer:
        return answer.headers, answer.read().decode()


def test_counters_follow_flows(forwarded):
    pair, [good, closed, forbidden] = forwarded
    near, far = pair.connecting, pair.serving
    first = metrics(near)
    assert first("p2pfwd_sessions", state="up") == 1 and first("p2pfwd_paths", kind="lan") == 1
    assert first("p2pfwd_peer_connected", peer="homebox") == 1
    assert first("p2pfwd_session_round_trip_seconds", peer="homebox") > 0
    assert first.sum("p2pfwd_flows_opened_total") == first.sum("p2pfwd_flows") == 0
    assert first("p2pfwd_handshakes_total", role="initiator", outcome="completed") == 1
    assert metrics(far)("p2pfwd_handshakes_total", role="responder", outcome="completed") == 1

    with connect(good) as client:
        client.sendall(b"x" * 1000)
        assert len(client.recv(1000, socket.MSG_WAITALL)) == 1000
        open_now = metrics(near)
        assert open_now("p2pfwd_flows", peer="homebox", opened_by="node") == 1
        assert open_now("p2pfwd_flows_opened_total", opened_by="node") == 1
        assert open_now("p2pfwd_flow_bytes_total", opened_by="node", direction="sent") == 1000
        assert metrics(far)("p2pfwd_flows", peer="laptop", opened_by="peer") == 1
    assert exchange(good, b"y" * 500) == b"y" * 500
    for port in (closed, forbidden, forbidden):
        with pytest.raises(OSError):
            assert exchange(port, b"z") == b""
            raise ConnectionResetError

    after = wait_for(near, lambda now: now.sum("p2pfwd_flows_closed_total") == 2)
    assert after("p2pfwd_flows_closed_total", opened_by="node", reason="closed_here") == 2
    assert after("p2pfwd_flow_bytes_total", opened_by="node", direction="received") == 1500
    assert after("p2pfwd_flow_duration_seconds_count", opened_by="node") == 2
    assert after("p2pfwd_flow_open_duration_seconds_count") == 2
    for node, opener in ((near, "node"), (far, "peer")):
        now = wait_for(node, lambda now: now.sum("p2pfwd_flow_open_failures_total") == 3)
        for reason, count in (("connection_refused", 1), ("not_permitted", 2)):
            assert now("p2pfwd_flow_open_failures_total", opened_by=opener, reason=reason) == count
    assert after("p2pfwd_session_bytes_total", peer="homebox", direction="sent") > 1500


def test_counters_outlive_connections_but_gauges_do_not(forwarded):
    pair, [good, *_] = forwarded
    exchange(good, b"x" * 10_000)
    before = wait_for(pair.serving, lambda now: now.sum("p2pfwd_flows_closed_total") == 1)

    pair.stop_connecting()
    pair.connecting.run("stop", "--now")

    after = wait_for(pair.serving, lambda now: now.sum("p2pfwd_sessions") == 0)
    assert after("p2pfwd_peer_connected", peer="laptop") == 0
    for direction in ("sent", "received"):
        labels = {"peer": "laptop", "direction": direction}
        assert (after("p2pfwd_session_bytes_total", **labels)
                >= before("p2pfwd_session_bytes_total", **labels) > 10_000)
    assert after.sum("p2pfwd_connections_ended_total") == 1
    assert not [key for key in after.values if key[0] == "p2pfwd_session_round_trip_seconds"]


def test_the_web_server_has_them(forwarded):
    pair, _ = forwarded
    fetch(f"{pair.web}/v0/health")
    with pytest.raises(urllib.error.HTTPError):
        fetch(f"{pair.web}/nothing")
    headers, text = fetch(f"{pair.web}/metrics")

    assert headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    now = Metrics(text)
    assert now("p2pfwd_web_requests_total", route="/v0/health", status="2xx") == 1
    assert now("p2pfwd_web_requests_total", route="other", status="4xx") == 1
    assert Metrics(fetch(f"{pair.web}/metrics")[1])(
        "p2pfwd_web_requests_total", route="/metrics", status="2xx") == 1
    assert now("process_open_fds") > 3 and now("process_resident_memory_bytes") > 1 << 20
    assert now("process_cpu_seconds_total") > 0
    assert abs(now("process_start_time_seconds") - time.time()) < 600


def test_a_token_opens_them_if_it_says_so(forwarded):
    pair, _ = forwarded
    # Whoever is not local needs a token: such as who asks from a page that may.
    for permissions, code in (({"metrics": True}, 200), ({}, 403)):
        request = urllib.request.Request(
            f"{pair.web}/v0/token", data=json.dumps(permissions).encode(), method="PUT",
            headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            token = json.loads(answer.read())["token"]
        fields = {"Origin": "https://shop.example", "Authorization": f"Bearer {token}"}
        if code == 200:
            now = Metrics(fetch(f"{pair.web}/metrics", **fields)[1])
            assert now("p2pfwd_web_tokens") == 1
            continue
        with pytest.raises(urllib.error.HTTPError) as refusal:
            fetch(f"{pair.web}/metrics", **fields)
        assert refusal.value.code == code
    with pytest.raises(urllib.error.HTTPError) as refusal:
        fetch(f"{pair.web}/metrics", Origin="https://shop.example")
    assert refusal.value.code == 401


def test_pages_of_other_sites_do_not_get_them(forwarded):
    pair, _ = forwarded
    for fields in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            fetch(f"{pair.web}/metrics", **fields)
        assert refusal.value.code in (401, 403, 421)


def test_the_parser_of_prometheus_reads_them(forwarded):
    parser = pytest.importorskip("prometheus_client.parser")
    pair, [good, *_] = forwarded
    exchange(good, b"x")
    now = metrics(pair.connecting)

    families = list(parser.text_string_to_metric_families(now.text))
    read = {(sample.name, frozenset(sample.labels.items())): sample.value
            for family in families for sample in family.samples}

    assert read == now.values
    for family in families:
        name = family.name + "_total" if family.type == "counter" else family.name
        assert now.types[name] == family.type and family.documentation


def test_promtool_finds_nothing_to_complain_about(forwarded):
    if not shutil.which("promtool"):
        pytest.skip("promtool is not installed (Debian: prometheus)")
    pair, _ = forwarded
    done = subprocess.run(
        ["promtool", "check", "metrics"], input=metrics(pair.serving).text, capture_output=True,
        text=True, timeout=30)
    assert done.returncode == 0 and not done.stdout + done.stderr, done.stdout + done.stderr


def test_what_is_documented_is_what_there_is(forwarded):
    with open(os.path.join(ROOT, "docs", "WEB.md"), encoding="utf-8") as file:
        section = re.split(r"\n## \d+ Metrics\n", file.read())[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `([a-z0-9_]+_[a-z0-9_]+)` \| (counter|gauge|histogram) \|", section, re.M)

    assert dict(rows) == metrics(forwarded[0].connecting).types


def test_without_a_node_there_is_nothing_to_tell():
    node = Node("idle", shares_node=True)
    try:
        done = node.run("metrics")
        assert done.returncode != 0 and "metrics" in done.stderr and not done.stdout
    finally:
        node.remove()
