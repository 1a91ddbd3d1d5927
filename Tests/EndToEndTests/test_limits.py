"""What happens when there are many flows, or few files."""

import os
import re
import resource
import time

import pytest

from processes import Child, await_calm, resident_bytes
from support import connect, exchange, load, start_load

IDLE_FLOWS = 10_000
IDLE_FLOWS_AT_ONCE = 2_000
IDLE_FLOW_GOAL = 16 * 1024
OPENS_A_SECOND = 1_000
OPENS_GROWTH = 4 << 20


def with_files(limit, node, *words):
    """A command of the node that may open so many files."""
    return Child(["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh", node.program, "--home",
                  node.home, *words], name=f"p2pfwd with {limit} files")


def test_a_serving_side_without_files_says_so_and_recovers(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    pair.server.stop()
    server = with_files(64, pair.serving, "serve", "--listen", pair.listen,
                        "--permit", echo_target.address)
    server.errors.wait_for("listening", 20)
    client, (port,) = pair.forward(echo_target.address)
    client.errors.wait_for("connected to", 20)

    crowd = []
    for _ in range(100):
        try:
            crowd.append(connect(port))
        except ConnectionResetError:
            # What is refused at once may be so before the connect has returned.
            pass
    client.errors.wait_for(r"open failed: .*Too many open files", 20)
    for other in crowd:
        other.close()

    deadline = time.monotonic() + 20
    while True:
        try:
            assert exchange(port, b"hello") == b"hello"
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)
    # Equal complaints come once in ten seconds.
    assert len([line for line in client.errors.lines if "Too many open files" in line]) <= 3
    assert server.is_alive and client.is_alive


def test_the_limit_of_files_is_raised_as_far_as_it_goes(make_pair, echo_target):
    pair = make_pair([echo_target.address])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    client = Child(
        ["sh", "-c", 'ulimit -S -n 64; exec "$@"', "sh", pair.connecting.program, "--home",
         pair.connecting.home, "-L", f"0:{echo_target.address}", "homebox"])
    client.errors.wait_for("connected to", 20)

    with open(f"/proc/{client.pid}/limits") as limits:
        soft = re.search(r"Max open files\s+(\S+)", limits.read()).group(1)

    assert soft == str(hard)


@pytest.mark.slow
@pytest.mark.alone
def test_ten_thousand_idle_flows_cost_little(make_pair, load_server):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < IDLE_FLOWS + 500:
        pytest.skip(f"only {hard} files may be open")
    pair = make_pair([load_server.address])
    client, (port,) = pair.forward(load_server.address)
    client.errors.wait_for("connected to", 20)
    load(port, "ping", "--count", 10, timeout=60)
    await_calm([client.pid, pair.server.pid])
    before = [resident_bytes(pid) for pid in (client.pid, pair.server.pid)]

    # One after the other: a crowd that all comes at once is partly turned away.
    for _ in range(0, IDLE_FLOWS, IDLE_FLOWS_AT_ONCE):
        idle = start_load(port, "idle", "--flows", IDLE_FLOWS_AT_ONCE)
        idle.output.wait_for("flows", 90)
    await_calm([client.pid, pair.server.pid])
    after = [resident_bytes(pid) for pid in (client.pid, pair.server.pid)]

    costs = [(now - then) / IDLE_FLOWS for then, now in zip(before, after)]
    print(f"bytes per idle flow: connecting {costs[0]:.0f}, serving {costs[1]:.0f}")
    assert exchange_beside(port)
    assert max(costs) <= IDLE_FLOW_GOAL


def exchange_beside(port):
    """Whether a flow works beside the idle ones."""
    return load(port, "verify", "--bytes", 100_000, timeout=60)["equal"]


@pytest.mark.slow
@pytest.mark.alone
def test_a_thousand_opens_a_second_are_answered(make_pair, load_server):
    seconds = int(os.environ.get("P2PFWD_OPEN_SECONDS", "10"))
    pair = make_pair([load_server.address])
    client, (port,) = pair.forward(load_server.address)
    client.errors.wait_for("connected to", 20)

    opens = start_load(port, "connect-rate", "--rate", OPENS_A_SECOND, "--parallel", 64,
                       "--seconds", seconds)
    time.sleep(seconds / 4)
    ends = (client.pid, pair.server.pid)
    before = [resident_bytes(pid) for pid in ends]
    result = opens.result(60 + seconds)
    growth = [resident_bytes(pid) - was for pid, was in zip(ends, before)]

    print(f"opens a second: {result}, growth in bytes: {growth}")
    # A connection that fails ends the load without a result.
    assert result["count"] > 0
    assert max(growth) < OPENS_GROWTH
    assert not [line for line in client.errors.lines if "open failed" in line]
