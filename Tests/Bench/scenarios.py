"""The measured scenarios. Each yields rows: (figure, unit, least, aim, better, {tool: value}).

`least` and `aim` are ratios to ssh when they end in "x", else absolute figures; `better` is
"higher" or "lower".
"""

import contextlib
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

    def loopback_ping(self):
        topology = Loopback()
        with self.stage(topology) as running:
            results = self.interleaved(running, lambda tunnel, port: self.client(
                topology, port, "ping", "--seconds", self.seconds).result(120))
            for name, least, aim in (("p50", "1.0x", "0.8x"), ("p99", None, None)):
                yield Row("64-byte ping-pong, loopback", name, "us", "lower", least, aim,
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
            "start-up": (False, self.start_up),
        }
        for key in LINKS:
            table[f"link-{key}"] = (True, lambda key=key: self.emulated(key))
        return table
