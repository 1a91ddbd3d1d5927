"""The measured scenarios. Each yields rows: (figure, unit, least, aim, better, {tool: value}).

`least` and `aim` are ratios to ssh when they end in "x", else absolute figures; `better` is
"higher" or "lower".
"""

import contextlib
import os
import statistics
import time

from node import find_program
from processes import Child, await_calm, cpu_seconds, resident_bytes
from topologies import EmulatedLink, Loopback, Veth

LINKS = {
    "a": ("100 Mbit/s, 40 ms RTT, 50 ms queue, no loss",
          {"rate": 100, "delay-ms": 20, "queue-ms": 50}, (95, 96), (50, 42), (None, None)),
    "b": ("100 Mbit/s, 40 ms RTT, 50 ms queue, 1 % loss",
          {"rate": 100, "delay-ms": 20, "queue-ms": 50, "loss": 0.01},
          (93, 95), (50, 42), (None, None)),
    "c": ("100 Mbit/s, 40 ms RTT, 50 ms queue, 5 % loss",
          {"rate": 100, "delay-ms": 20, "queue-ms": 50, "loss": 0.05},
          (87, 90), (50, 42), (180, 130)),
    "d": ("1 Gbit/s, 20 ms RTT, 20 ms queue, 0.1 % loss",
          {"rate": 1000, "delay-ms": 10, "queue-ms": 20, "loss": 0.001},
          (500, 650), (24, 21), (None, None)),
    "e": ("20 Mbit/s, 200 ms RTT, 1 s queue",
          {"rate": 20, "delay-ms": 100, "queue-ms": 1000}, (17.5, 18.5), (230, 205), (None, None)),
}


class Row:
    def __init__(self, scenario, figure, unit, better, least, aim, samples):
        self.scenario = scenario
        self.figure = figure
        self.unit = unit
        self.better = better
        self.least = least
        self.aim = aim
        self.samples = {tool: values for tool, values in samples.items() if values}

    def median(self, tool):
        values = [value for value in self.samples.get(tool, []) if value is not None]
        return statistics.median(values) if values else None


@contextlib.contextmanager
def one_cpu():
    """What is started inside has one CPU to share."""
    every = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(every)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, every)


class Bench:
    """Runs scenarios for a list of tunnel classes, interleaved."""

    def __init__(self, tunnels, rounds, quick, note, congestion_control=None):
        self.tunnels = tunnels
        self.rounds = rounds
        self.quick = quick
        self.note = note
        self.congestion_control = congestion_control
        self.load = find_program("load", "release")
        self.seconds = 1.5 if quick else 3
        self.link_seconds = 5 if quick else 10

    @contextlib.contextmanager
    def stage(self, topology):
        """A load server and every tunnel, running in this topology."""
        started = []
        server = None
        try:
            server = Child([self.load, "serve", "--listen", "127.0.0.1:0"],
                           namespace=topology.serving.namespace)
            address = server.output.wait_for(r"^listening (.*)$", 10).group(1)
            target_port = int(address.rsplit(":", 1)[1])
            running = {}
            for kind in self.tunnels:
                tunnel = kind(topology, target_port)
                started.append(tunnel)
                running[kind.name] = (tunnel, tunnel.start())
            yield running
        finally:
            for tunnel in reversed(started):
                tunnel.stop()
            if server:
                server.kill()
            topology.close()

    def client(self, topology, port, *words):
        return Child([self.load, words[0], "--connect", f"127.0.0.1:{port}", *words[1:]],
                     namespace=topology.connecting.namespace, name=f"load {words[0]}")

    def interleaved(self, running, measure):
        """{tool: [result of measure(tunnel, port) for each round]}"""
        results = {name: [] for name in running}
        for _ in range(self.rounds):
            for name, (tunnel, port) in running.items():
                try:
                    results[name].append(measure(tunnel, port))
                except Exception as error:  # A tunnel that fails is a result, not the end.
                    self.note(f"{name}: {error}")
                # What it still does (a thousand connections to close) is no load for the next.
                if not await_calm([tunnel.server.pid, tunnel.client.pid]):
                    self.note(f"{name}: still busy long after its last connection was closed")
        return results

    def bulk(self, topology, flows, seconds=None):
        def measure(tunnel, port):
            ends = [tunnel.server.pid, tunnel.client.pid]
            before = [cpu_seconds(pid) for pid in ends]
            result = self.client(
                topology, port, "bulk", "--flows", flows, "--seconds", seconds or self.seconds,
                # The sources first fill the kernel's buffers, over a gigabyte for 1,000 flows.
                "--warmup", 0.5 + flows / 400).result(120)
            used = [cpu_seconds(pid) - was for pid, was in zip(ends, before)]
            gigabytes = result["total_bytes"] / 1e9
            result["cpu"] = [seconds / gigabytes for seconds in used] if gigabytes else None
            return result
        return measure

    def loopback_bulk(self):
        yield from self._bulk(Loopback, [(1, "1.0x", "1.5x"), (8, "1.2x", "2x"),
                                         (100, "2.5x", "5x")], "loopback")

    def loopback_many(self):
        yield from self._bulk(Loopback, [(1000, 2500, None)], "loopback")

    def veth_bulk(self):
        yield from self._bulk(Veth, [(1, "1.2x", "2x"), (8, None, None)], "veth, MTU 1500")

    def _bulk(self, make_topology, cases, place):
        topology = make_topology()
        with self.stage(topology) as running:
            for flows, least, aim in cases:
                results = self.interleaved(running, self.bulk(topology, flows))
                what = f"{flows} bulk flow{'s' if flows > 1 else ''}, {place}"
                pick = lambda take: {
                    name: [take(result) for result in rounds] for name, rounds in results.items()}
                yield Row(what, "rate", "Mbit/s", "higher", least, aim,
                          pick(lambda result: result["mbit_s"]))
                yield Row(what, "CPU of both ends", "s/GB", "lower", "0.9x", "0.5x",
                          pick(lambda result: sum(result["cpu"]) if result["cpu"] else None))
                if flows > 1:
                    yield Row(what, "fairness (Jain)", "", "higher", None, None,
                              pick(lambda result: result["jain"]))
                    yield Row(what, "slowest to fastest flow", "", "higher",
                              0.8 if flows == 100 else None, None, pick(self.evenness))

    @staticmethod
    def evenness(result):
        fastest = result["flow_max_mbit_s"]
        return result["flow_min_mbit_s"] / fastest if fastest else None

    def loopback_ping(self):
        yield from self._ping("64-byte ping-pong, loopback", "1.0x", "0.8x")
        # Which CPU wakes which is chance, and costs more than the tools' own work differs.
        with one_cpu():
            yield from self._ping("64-byte ping-pong, all on one CPU", None, None)

    def _ping(self, what, least, aim):
        topology = Loopback()
        with self.stage(topology) as running:
            results = self.interleaved(running, lambda tunnel, port: self.client(
                topology, port, "ping", "--seconds", self.seconds).result(120))
            for name, least, aim in (("p50", least, aim), ("p99", None, None)):
                yield Row(what, name, "us", "lower", least, aim,
                          {tool: [result[f"{name}_us"] for result in rounds]
                           for tool, rounds in results.items()})

    def connect_rate(self):
        topology = Loopback()
        with self.stage(topology) as running:
            for parallel in (1, 16):
                results = self.interleaved(running, lambda tunnel, port: self.client(
                    topology, port, "connect-rate", "--parallel", parallel,
                    "--seconds", self.seconds).result(120))
                what = f"new connections, {parallel} at a time, loopback"
                yield Row(what, "rate", "1/s", "higher", "1.0x", "1.5x",
                          {tool: [result["connections_s"] for result in rounds]
                           for tool, rounds in results.items()})
                yield Row(what, "p99", "us", "lower", None, None,
                          {tool: [result["p99_us"] for result in rounds]
                           for tool, rounds in results.items()})

    def proxy(self):
        """`-D`: a client names the target to the tunnel's own SOCKS5 proxy."""
        topology = Loopback()
        with self.stage(topology) as running:
            ports = {}
            for name, (tunnel, _) in running.items():
                tunnel.client.stop()
                tunnel.client, ports[name] = tunnel.start_client(as_proxy=True)

            def client(tunnel, *words):
                return self.client(topology, ports[tunnel.name], *words, "--socks5",
                                   f"127.0.0.1:{tunnel.target_port}").result(120)
            results = self.interleaved(running, lambda tunnel, port: client(
                tunnel, "bulk", "--seconds", self.seconds))
            yield Row("1 bulk flow through -D, loopback", "rate", "Mbit/s", "higher", "1.0x",
                      "1.5x", {tool: [result["mbit_s"] for result in rounds]
                               for tool, rounds in results.items()})
            results = self.interleaved(running, lambda tunnel, port: client(
                tunnel, "connect-rate", "--parallel", 16, "--seconds", self.seconds))
            yield Row("new connections through -D, 16 at a time, loopback", "rate", "1/s",
                      "higher", "1.0x", "1.5x",
                      {tool: [result["connections_s"] for result in rounds]
                       for tool, rounds in results.items()})

    def memory(self):
        topology = Loopback()
        flows = 1000
        idle, per_flow = {}, {}
        with self.stage(topology) as running:
            time.sleep(1)
            for name, (tunnel, port) in running.items():
                ends = [tunnel.server.pid, tunnel.client.pid]
                before = [resident_bytes(pid) for pid in ends]
                client = self.client(topology, port, "idle", "--flows", flows)
                client.output.wait_for("ready", 60)
                after = [resident_bytes(pid) for pid in ends]
                client.process.stdin.close()
                client.wait(10)
                idle[name] = [max(before) / 2**20]
                per_flow[name] = [
                    max(now - was for now, was in zip(after, before)) / flows / 1024]
        yield Row("memory, the larger end", "idle", "MiB", "lower", 24, 12, idle)
        yield Row("memory, the larger end", "per idle flow (1,000)", "KiB", "lower", 16, 4,
                  per_flow)

    def idle_crowd(self):
        """10,000 flows that carry nothing; ssh is left out, which has not enough channels."""
        topology = Loopback()
        flows, step = 10_000, 2_000
        cost, effort = {}, {}
        with self.stage(topology) as running:
            for name, (tunnel, port) in running.items():
                if name.startswith("ssh"):
                    continue
                ends = [tunnel.server.pid, tunnel.client.pid]
                before = [resident_bytes(pid) for pid in ends]
                clients = []
                # One after the other: a crowd that all comes at once is partly turned away.
                for _ in range(0, flows, step):
                    clients.append(self.client(topology, port, "idle", "--flows", step))
                    clients[-1].output.wait_for("ready", 60)
                await_calm(ends)
                after = [resident_bytes(pid) for pid in ends]
                cost[name] = [max(now - was for now, was in zip(after, before)) / flows / 1024]
                began, used = time.monotonic(), sum(map(cpu_seconds, ends))
                time.sleep(10)
                used = sum(map(cpu_seconds, ends)) - used
                effort[name] = [1000 * used / (time.monotonic() - began)]
                for client in clients:
                    client.kill()
        what = "10,000 idle flows, loopback"
        yield Row(what, "memory of each, the larger end", "KiB", "lower", 16, 4, cost)
        yield Row(what, "CPU of both ends", "ms/s", "lower", None, None, effort)

    def steady_opens(self):
        """1,000 connections a second for a minute; one that fails fails the run."""
        topology = Loopback()
        seconds = 15 if self.quick else 60
        rates, tails, growth = {}, {}, {}
        with self.stage(topology) as running:
            for name, (tunnel, port) in running.items():
                ends = [tunnel.server.pid, tunnel.client.pid]
                client = self.client(topology, port, "connect-rate", "--rate", 1000,
                                     "--parallel", 64, "--seconds", seconds)
                time.sleep(seconds / 4)
                before = [resident_bytes(pid) for pid in ends]
                try:
                    result = client.result(seconds + 60)
                except Exception as error:
                    self.note(f"{name}, 1,000 opens a second: {error}")
                    continue
                rates[name], tails[name] = [result["connections_s"]], [result["p99_us"]]
                growth[name] = [max(resident_bytes(pid) - was
                                    for pid, was in zip(ends, before)) / 2**20]
        what = f"1,000 new connections a second for {seconds} s, loopback"
        yield Row(what, "rate", "1/s", "higher", 990, None, rates)
        yield Row(what, "p99", "us", "lower", None, None, tails)
        yield Row(what, "growth in the last three quarters", "MiB", "lower", 1, None, growth)

    def datagrams(self):
        """A UDP forward, 1,200 bytes each; ssh has none."""
        topology = Loopback()
        # A steady load first, which should arrive whole, then all that the socket takes.
        for words, what in ((["--mbit", 100], "100 Mbit/s of datagrams"),
                            ([], "datagrams as fast as they go")):
            rates, losses = {}, {}
            for kind in self.tunnels:
                if kind.name.startswith("ssh"):
                    continue
                rates[kind.name], losses[kind.name] = [], []
                for _ in range(self.rounds):
                    sent, received = self._send_datagrams(topology, kind, words)
                    rates[kind.name].append(received["mbit_s"])
                    losses[kind.name].append(100 - 100 * received["datagrams"] / sent)
            yield Row(f"{what}, -L /udp, loopback", "rate", "Mbit/s", "higher", None, None, rates)
            yield Row(f"{what}, -L /udp, loopback", "lost", "%", "lower",
                      0.1 if words else None, None, losses)

    def _send_datagrams(self, topology, kind, words):
        sink = Child([self.load, "datagram-sink", "--listen", "127.0.0.1:0"],
                     namespace=topology.serving.namespace)
        address = sink.output.wait_for(r"^listening (.*)$", 10).group(1)
        tunnel = kind(topology, int(address.rsplit(":", 1)[1]))
        try:
            tunnel.start()
            tunnel.client.stop()
            tunnel.client, port = tunnel.start_client(suffix="/udp")
            # The first one opens the flow.
            self.client(topology, port, "datagrams", "--mbit", 1, "--seconds", 0.5).result(20)
            time.sleep(0.5)
            sink.say("count anew")
            sent = self.client(topology, port, "datagrams", "--seconds", self.seconds,
                               *words).result(60)["datagrams"]
            time.sleep(0.5)
            sink.process.stdin.close()
            return sent, sink.result(20)
        finally:
            tunnel.stop()
            sink.kill()

    def start_up(self):
        topology = Loopback()
        with self.stage(topology) as running:
            def measure(tunnel, port):
                tunnel.client.stop()
                begin = time.monotonic()
                tunnel.client, _ = tunnel.start_client()
                return (time.monotonic() - begin) * 1000
            results = self.interleaved(running, measure)
            yield Row("start to first listener, peer reachable", "time", "ms", "lower", 50, 15,
                      results)

    def emulated(self, key):
        title, options, rate, middle, tail = LINKS[key]
        topology = EmulatedLink(find_program("impairer", "release"), {**options, "seed": 1})
        if self.congestion_control:
            topology.set_congestion_control(self.congestion_control)
        self.note(f"link {key}: ssh runs over TCP {topology.congestion_control(topology.serving)}")
        with self.stage(topology) as running:
            def measure(tunnel, port):
                both = ["--seconds", self.link_seconds, "--warmup", 3]
                before = cpu_seconds(topology.impairer.pid)
                bulk = self.client(topology, port, "bulk", *both)
                ping = self.client(topology, port, "ping", *both)
                result = bulk.result(150)
                result["ping"] = ping.result(150)
                result["impairer"] = cpu_seconds(topology.impairer.pid) - before
                # What still stands in the queues belongs to this tool, not to the next.
                time.sleep(1.5)
                return result
            results = self.interleaved(running, measure)
            pick = lambda take: {
                name: [take(result) for result in rounds] for name, rounds in results.items()}
            yield Row(title, "rate", "Mbit/s", "higher", *rate, pick(lambda r: r["mbit_s"]))
            for name, (least, aim) in (("p50", middle), ("p99", tail)):
                yield Row(title, f"loaded ping {name}", "ms", "lower", least, aim,
                          pick(lambda r: r["ping"][f"{name}_us"] and r["ping"][f"{name}_us"] / 1e3))
            busiest = max((r["impairer"] for rounds in results.values() for r in rounds), default=0)
            if busiest > 0.8 * (self.link_seconds + 3):
                self.note(f"link {key}: the impairer was busy for {busiest:.1f} s of CPU time "
                          f"in {self.link_seconds + 3} s; its limit may show")

    def crowded_ping(self):
        """A ping-pong beside eight bulk flows on a link of 100 Mbit/s."""
        title, options, *_ = LINKS["a"]
        topology = EmulatedLink(find_program("impairer", "release"), {**options, "seed": 1})
        if self.congestion_control:
            topology.set_congestion_control(self.congestion_control)
        with self.stage(topology) as running:
            def measure(tunnel, port):
                both = ["--seconds", self.link_seconds, "--warmup", 3]
                bulk = self.client(topology, port, "bulk", "--flows", 8, *both)
                ping = self.client(topology, port, "ping", *both)
                result = bulk.result(150)
                result["ping"] = ping.result(150)
                time.sleep(1.5)
                return result
            results = self.interleaved(running, measure)
            pick = lambda take: {
                name: [take(result) for result in rounds] for name, rounds in results.items()}
            what = f"8 bulk flows, {title}"
            yield Row(what, "rate", "Mbit/s", "higher", None, None, pick(lambda r: r["mbit_s"]))
            yield Row(what, "slowest to fastest flow", "", "higher", None, None,
                      pick(self.evenness))
            # The round trip of the empty link is 40 ms.
            for name, least in (("p50", None), ("p99", 80)):
                yield Row(what, f"loaded ping {name}", "ms", "lower", least, None,
                          pick(lambda r: r["ping"][f"{name}_us"] and r["ping"][f"{name}_us"] / 1e3))

    def all(self):
        """{name: (needs namespaces, generator function)} in the order of the report."""
        table = {
            "loopback-bulk": (False, self.loopback_bulk),
            "loopback-1000": (False, self.loopback_many),
            "veth-bulk": (True, self.veth_bulk),
            "ping": (False, self.loopback_ping),
            "connect-rate": (False, self.connect_rate),
            "proxy": (False, self.proxy),
            "memory": (False, self.memory),
            "idle-crowd": (False, self.idle_crowd),
            "steady-opens": (False, self.steady_opens),
            "datagrams": (False, self.datagrams),
            "start-up": (False, self.start_up),
            "crowded-ping": (True, self.crowded_ping),
        }
        for key in LINKS:
            table[f"link-{key}"] = (True, lambda key=key: self.emulated(key))
        return table
