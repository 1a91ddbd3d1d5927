"""UDP forwards, with programs that we did not write at both ends."""

import json
import shutil
import socket
import subprocess
import threading
import time

import pytest

from node import free_port
from processes import Child


class UDPEcho:
    """Sends each datagram back to where it came from."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.sources = set()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            try:
                data, source = self.socket.recvfrom(65536)
            except OSError:
                return
            if source is None:
                # What a socket says that was shut down.
                return
            self.sources.add(source)
            self.socket.sendto(data, source)

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()


@pytest.fixture
def echo():
    echo = UDPEcho()
    yield echo
    echo.close()


def client():
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(5)
    return made


def exchange(sender, port, data, attempts=8):
    """Sends until the answer is there: until the session is up, datagrams are dropped."""
    sender.settimeout(1)
    for _ in range(attempts):
        sender.sendto(data, ("127.0.0.1", port))
        try:
            answer, _ = sender.recvfrom(65536)
        except TimeoutError:
            continue
        if answer == data:
            return
    raise AssertionError(f"no answer of {len(data)} bytes")


def test_boundaries_and_sources(make_pair, echo):
    pair = make_pair([f"127.0.0.1:{echo.port}"])
    _, (port,) = pair.forward(f"127.0.0.1:{echo.port}/udp")
    first, second = client(), client()

    for size in (5, 1200, 0, 1500, 9000, 65507, 1):
        exchange(first, port, bytes(i & 0xff for i in range(size)))
    exchange(second, port, b"other")

    assert len(echo.sources) == 2


def test_what_is_not_permitted_is_refused(make_pair, echo):
    pair = make_pair(["localhost:1"])
    child, (port,) = pair.forward(f"127.0.0.1:{echo.port}/udp")
    sender = client()
    child.errors.wait_for("connected to 'homebox'", 20)

    sender.sendto(b"hello", ("127.0.0.1", port))

    child.errors.wait_for(r"open failed: .*/udp: not permitted", 10)
    assert not echo.sources


def test_that_nobody_is_at_the_port_is_told(make_pair):
    port = free_port(socket.SOCK_DGRAM)
    pair = make_pair([f"127.0.0.1:{port}"])
    child, (forwarded,) = pair.forward(f"127.0.0.1:{port}/udp")
    child.errors.wait_for("connected to 'homebox'", 20)

    client().sendto(b"hello", ("127.0.0.1", forwarded))

    child.errors.wait_for(rf"127.0.0.1:{port}/udp: the target cannot be reached", 10)
    pair.server.errors.wait_for(r"audit: 'laptop' .*/udp .*, the target cannot be reached", 10)


def test_who_loses_the_right_is_told(make_pair, echo):
    pair = make_pair([f"127.0.0.1:{echo.port}"])
    child, (port,) = pair.forward(f"127.0.0.1:{echo.port}/udp")
    exchange(client(), port, b"hello")

    pair.serving.check("permit", "laptop", "--none")

    child.errors.wait_for(rf"127.0.0.1:{echo.port}/udp: no longer permitted", 10)


def test_what_is_beyond_the_rate_is_dropped_and_counted(make_pair, echo, tmp_path):
    audit = tmp_path / "audit"
    pair = make_pair([f"127.0.0.1:{echo.port}"],
                     serve_options=["--rate", "16K", "--audit", str(audit)])
    _, (port,) = pair.forward(f"127.0.0.1:{echo.port}/udp", options=["-o", "UdpTimeout=1"])
    sender = client()
    exchange(sender, port, b"hello")

    count, size = 200, 1000
    for _ in range(count):
        sender.sendto(bytes(size), ("127.0.0.1", port))
    deadline = time.monotonic() + 15
    while not audit.exists() or not audit.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.1)

    flow = json.loads(audit.read_text().splitlines()[0])
    passed = (flow["up"] + flow["down"]) // size
    assert 0 < passed < count / 4
    assert count / 2 < flow["dropped"] <= 2 * count


@pytest.fixture
def name_server():
    """The port of a name server that others wrote, and a function that has dig ask some port."""
    if not shutil.which("dig") or not shutil.which("dnsmasq"):
        pytest.skip("dig and dnsmasq are not installed")
    dns = free_port(socket.SOCK_DGRAM)
    server = Child(
        ["dnsmasq", "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
         f"--port={dns}", "--listen-address=127.0.0.1", "--bind-interfaces", "--user=root",
         "--pid-file", "--address=/far.example/192.0.2.77",
         "--txt-record=long.example," + ",".join("x" * 200 for _ in range(5))])

    def dig(port, *words):
        return subprocess.run(
            ["dig", "@127.0.0.1", "-p", str(port), "+tries=3", "+time=3", "+short", *words],
            capture_output=True, text=True, timeout=30).stdout.split()

    yield dns, dig
    server.kill()


def answers(dig, port):
    texts = dig(port, "long.example", "TXT", "+bufsize=4096")
    return dig(port, "far.example", "A"), sum(len(text.strip('"')) for text in texts)


def test_a_name_server_answers_dig(make_pair, name_server):
    dns, dig = name_server
    pair = make_pair([f"localhost:{dns}"])
    child, (port,) = pair.forward(f"localhost:{dns}/udp")
    child.errors.wait_for("connected to 'homebox'", 20)

    assert answers(dig, port) == (["192.0.2.77"], 1000)


def test_a_name_server_answers_dig_through_the_proxy(make_pair, name_server):
    socks = pytest.importorskip("socks")
    dns, dig = name_server
    pair = make_pair([f"localhost:{dns}"])
    child, (proxy,) = pair.connecting.forward("homebox", ["-D", "0"])
    child.errors.wait_for("connected to 'homebox'", 20)
    # dig speaks no SOCKS; what it sends here goes on through PySocks.
    door = client()
    sender = socks.socksocket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.set_proxy(socks.SOCKS5, "127.0.0.1", proxy)

    def carry():
        while True:
            try:
                query, source = door.recvfrom(65536)
                sender.sendto(query, ("127.0.0.1", dns))
                door.sendto(sender.recvfrom(65536)[0], source)
            except TimeoutError:
                continue
            except OSError:
                return

    threading.Thread(target=carry, daemon=True).start()
    assert answers(dig, door.getsockname()[1]) == (["192.0.2.77"], 1000)
    door.close()
    sender.close()


def test_socat_at_both_ends(make_pair, tmp_path):
    if not shutil.which("socat"):
        pytest.skip("socat is not installed")
    target = free_port(socket.SOCK_DGRAM)
    server = Child(["socat", f"UDP4-RECVFROM:{target},bind=127.0.0.1,fork", "EXEC:rev"])
    pair = make_pair([f"127.0.0.1:{target}"])
    child, (port,) = pair.forward(f"127.0.0.1:{target}/udp")
    child.errors.wait_for("connected to 'homebox'", 20)
    time.sleep(0.3)

    done = subprocess.run(
        ["socat", "-t3", "-", f"UDP4:127.0.0.1:{port}"], input=b"stressed\n",
        capture_output=True, timeout=20)

    assert done.stdout == b"desserts\n"
    server.kill()


def test_an_idle_flow_ends_and_another_begins(make_pair, echo):
    pair = make_pair([f"127.0.0.1:{echo.port}"])
    _, (port,) = pair.forward(f"127.0.0.1:{echo.port}/udp", options=["-o", "UdpTimeout=1"])
    sender = client()

    exchange(sender, port, b"one")
    time.sleep(2.5)
    exchange(sender, port, b"two")

    assert len(echo.sources) == 2


def test_datagrams_go_on_after_the_serving_side_restarts(make_pair, echo):
    pair = make_pair([f"127.0.0.1:{echo.port}"])
    child, (port,) = pair.forward(f"127.0.0.1:{echo.port}/udp")
    sender = client()
    exchange(sender, port, b"one")

    pair.server.kill()
    pair.start_server()

    exchange(sender, port, b"two", attempts=30)


def test_the_peer_listens_for_us(make_pair, echo):
    port = free_port(socket.SOCK_DGRAM)
    pair = make_pair(["localhost:1"], serve_options=["--permit-listen", str(port)])
    pair.connecting.start("-R", f"{port}:127.0.0.1:{echo.port}/udp", "homebox")
    first, second = client(), client()

    exchange(first, port, b"one", attempts=20)
    exchange(first, port, b"x" * 9000)
    exchange(second, port, b"two")

    assert len(echo.sources) == 2


def test_a_socks_client_sends_datagrams(make_pair, echo):
    socks = pytest.importorskip("socks")
    port = free_port()
    pair = make_pair([f"127.0.0.1:{echo.port}"])
    child = pair.connecting.start("-D", str(port), "homebox")
    child.errors.wait_for("connected to 'homebox'", 20)
    sender = socks.socksocket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.set_proxy(socks.SOCKS5, "127.0.0.1", port)
    sender.settimeout(5)

    sender.sendto(b"through the proxy", ("127.0.0.1", echo.port))
    answer, origin = sender.recvfrom(65536)
    sender.close()

    assert (answer, origin) == (b"through the proxy", ("127.0.0.1", echo.port))


@pytest.mark.slow
@pytest.mark.alone
def test_a_hundred_megabits_pass_without_loss(make_pair):
    pair = make_pair(["127.0.0.1:*"])
    received = []
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
    sink.bind(("127.0.0.1", 0))
    sink.settimeout(3)
    child, (port,) = pair.forward(f"127.0.0.1:{sink.getsockname()[1]}/udp")
    child.errors.wait_for("connected to 'homebox'", 20)

    def count():
        total = 0
        while True:
            try:
                sink.recv(65536)
                total += 1
            except TimeoutError:
                received.append(total)
                return

    counter = threading.Thread(target=count)
    counter.start()
    sender, size, seconds = client(), 1200, 5
    total = 100_000_000 // 8 // size * seconds
    start = time.monotonic()
    for number in range(total):
        sender.sendto(b"x" * size, ("127.0.0.1", port))
        ahead = start + number * seconds / total - time.monotonic()
        if ahead > 0.001:
            time.sleep(ahead)
    counter.join()

    print(f"{received[0]} of {total} datagrams")
    assert received[0] >= total * 0.999
