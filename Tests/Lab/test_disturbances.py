"""Sessions outlive what networks do to them, within the times that are promised."""

import time

import pytest

import disturbances
from expectations import Way
from session import Session

TRANSFER_BYTES = 16 << 20
LINE = {"rate": 40, "delay-ms": 5, "queue-ms": 100}
# The network's own round trips and the load generator's start, on a machine with other work.
SLACK = 1.0

pytestmark = pytest.mark.product


@pytest.fixture
def start_session(make_world):
    """A session with a running forward, by ticket (the serving side is public) or by code."""
    sessions = []

    def start(kind_a, kind_b, by="code", line=None, options=()):
        world = make_world(kind_a, kind_b, line=line)
        session = Session(world, options)
        sessions.append(session)
        if by == "code":
            session.meet()
        else:
            session.pair_by_ticket(world.house_a.client_addresses[0])
        session.forward()
        return session

    yield start
    for session in sessions:
        session.close()


def longest_silence(session, disturb, seconds):
    """The longest time in seconds for which an open flow is without an answer.

    What `disturb` says to have been down by its own doing does not count.
    """
    ping = session.load("ping", "--seconds", seconds)
    time.sleep(1)
    downtime = disturb() or 0
    return ping.result(seconds + 70)["max_us"] / 1e6 - downtime


def wait_for(session, way, seconds):
    deadline = time.monotonic() + seconds
    while (reached := session.way()) != way:
        assert time.monotonic() < deadline, f"still {reached}, not {way}"
        time.sleep(0.1)


@pytest.mark.parametrize("kind", ["port", "sr"])
def test_a_transfer_survives_a_rebinding_nat(kind, start_session):
    session = start_session("none", kind, by="ticket", line=LINE)
    transfer = session.load("verify", "--bytes", TRANSFER_BYTES, "--deadline", 60)
    for _ in range(2):
        time.sleep(1)
        disturbances.rebind_nat(session, session.world.house_b)

    assert transfer.result(70)["equal"]


@pytest.mark.parametrize("disturb", [
    disturbances.rebind_nat, disturbances.change_public_address], ids=lambda f: f.__name__)
def test_traffic_resumes_soon_after_the_nat_of_the_connecting_side_moves(disturb, start_session):
    session = start_session("none", "port", by="ticket")

    silence = longest_silence(session, lambda: disturb(session, session.world.house_b), 6)

    assert silence < 3 + SLACK


def test_traffic_resumes_soon_after_a_blackout(start_session, is_full):
    session = start_session("none", "port", by="ticket")
    length = 600 if is_full else 5

    silence = longest_silence(
        session, lambda: disturbances.black_out(session, session.world.house_b, length),
        length + 8)

    assert length - SLACK < silence < length + 5 + SLACK


def test_a_flow_to_a_crashed_peer_ends_and_the_next_one_works(start_session):
    session = start_session("none", "port", by="ticket")
    flow = session.load("ping", "--seconds", 30)
    time.sleep(1)
    disturbances.crash_serving_node(session)
    start = time.monotonic()

    assert flow.wait(30) != 0
    assert time.monotonic() - start < 5 + SLACK
    assert session.load("verify", "--bytes", 1 << 20, "--deadline", 20).result(30)["equal"]


@pytest.mark.meeting
def test_a_session_does_not_need_its_rendezvous(start_session):
    session = start_session("port", "port")
    wait_for(session, Way.DIRECT, 6)

    def disturb():
        session.rendezvous_process.kill()

    assert longest_silence(session, disturb, 8) < SLACK


@pytest.mark.meeting
def test_relayed_flows_survive_a_crash_of_the_relay(start_session):
    session = start_session("sr", "sr")
    wait_for(session, Way.RELAY, 6)

    silence = longest_silence(session, lambda: disturbances.crash_rendezvous(session, 2), 20)

    assert silence < 5 + SLACK


@pytest.mark.meeting
def test_a_direct_session_goes_on_when_udp_is_suddenly_blocked(start_session):
    session = start_session("port", "port")
    wait_for(session, Way.DIRECT, 6)

    silence = longest_silence(
        session, lambda: disturbances.block_udp(session, session.world.house_b), 12)

    assert silence < 5 + SLACK
    assert session.way() == Way.WEBSOCKET


@pytest.mark.meeting
@pytest.mark.parametrize("disturb", [
    disturbances.rebind_nat, disturbances.change_public_address], ids=lambda f: f.__name__)
def test_a_punched_session_survives_a_move_of_either_nat(disturb, start_session):
    session = start_session("port", "port")
    wait_for(session, Way.DIRECT, 6)

    for house in session.world.houses:
        assert longest_silence(session, lambda: disturb(session, house), 6) < 3 + SLACK


@pytest.mark.meeting
def test_a_direct_path_that_breaks_falls_back_within_a_second(start_session):
    session = start_session("port", "port")
    wait_for(session, Way.DIRECT, 6)

    silence = longest_silence(session, lambda: disturbances.separate_houses(session), 6)

    assert silence < 1 + SLACK
    assert session.way() == Way.RELAY
