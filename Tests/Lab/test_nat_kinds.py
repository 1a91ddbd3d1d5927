"""Each kind of NAT in the lab is what it says, as coturn sees it."""

import concurrent.futures
import subprocess
import sys

import pytest

import judge
from agent import Agent
from judge import STUN_PORT
from namespaces import within
from nat import KINDS, Group
from processes import Child
from world import SERVER, SERVER_ALTERNATE, World

UDP_KINDS = [name for name, kind in KINDS.items() if kind.mapping]


@pytest.fixture(scope="module")
def reports():
    """The mapping report and the filtering of every kind; measured at once, for waiting is long."""
    def measure(name):
        with World(name) as world:
            judge.start_server(world)
            return judge.mapping(world.a), judge.filtering(world.a)

    with concurrent.futures.ThreadPoolExecutor(len(UDP_KINDS)) as pool:
        measured = dict(zip(UDP_KINDS, pool.map(measure, UDP_KINDS)))
    Child.stop_all()
    return measured


@pytest.mark.parametrize("name", UDP_KINDS)
def test_coturn_classifies_the_kind_as_expected(name, reports):
    mapping, filtering = reports[name]

    assert (mapping.behaviour, filtering) == (KINDS[name].mapping, KINDS[name].filtering)


@pytest.mark.parametrize("name", UDP_KINDS)
def test_the_kind_keeps_ports_as_expected(name, reports):
    mapping, _ = reports[name]
    ports = [port for _, port in mapping.reflexive]

    assert all(port == mapping.local_port for port in ports) == KINDS[name].keeps_port


def test_the_sequential_kind_counts_by_one(reports):
    ports = [port for _, port in reports["sq"][0].reflexive]

    assert ports == list(range(ports[0], ports[0] + len(ports)))


def test_the_random_kind_jumps(reports):
    ports = [port for _, port in reports["sr"][0].reflexive]

    assert all(abs(later - earlier) > 1 for earlier, later in zip(ports, ports[1:]))


@pytest.mark.parametrize("name", [n for n, kind in KINDS.items() if kind.group is Group.BLOCKED])
def test_a_blocking_kind_lets_no_udp_out_but_tcp(name, make_world):
    world = make_world(name)
    judge.start_server(world)
    for port in (80, 443):
        child = Child([sys.executable, "-u", "-m", "http.server", port], namespace=world.server)
        child.output.wait_for("Serving", 10)
    agent = Agent(world.a)

    def reaches(port):
        return subprocess.run(within(world.a, "curl", "-s", "-m", 2, "-o", "/dev/null",
                                     f"http://{SERVER}:{port}/")).returncode == 0

    assert agent.reflect(SERVER, STUN_PORT) is None
    assert {port: reaches(port) for port in (80, 443)} == {
        port: KINDS[name].tcp_ports is None or port in KINDS[name].tcp_ports
        for port in (80, 443)}


@pytest.mark.parametrize("name, keeps", [("port", True), ("linuxopen", False)])
def test_an_early_packet_from_outside_takes_the_port_without_a_firewall(name, keeps, make_world):
    world = make_world(name)
    judge.start_server(world)
    inside, outside = Agent(world.a), Agent(world.server)
    public, port = inside.reflect(SERVER_ALTERNATE, STUN_PORT)
    assert port == inside.port

    outside.send((public, port))
    inside.send((SERVER, outside.port))
    # The first to arrive may be refused by the box; what counts is where ours comes from.
    assert (outside.receive(2) == (public, port)) == keeps


@pytest.mark.parametrize("name, hears", [("hairpin", True), ("port", False)])
def test_only_the_hairpin_kind_leads_back_inside(name, hears, make_world):
    world = make_world(name, shape="same-nat")
    judge.start_server(world)
    first, second = Agent(world.a), Agent(world.b)
    there = second.reflect(SERVER, STUN_PORT)
    here = first.reflect(SERVER, STUN_PORT)

    first.send(there)

    assert second.receive(2) == (here if hears else None)


@pytest.mark.parametrize("name", [n for n, kind in KINDS.items() if kind.can_rebind])
def test_a_rebinding_gives_a_mapping_another_port(name, make_world):
    world = make_world(name)
    judge.start_server(world)
    agent = Agent(world.a)
    before = agent.reflect(SERVER, STUN_PORT)
    world.house_a.rebind()
    after = agent.reflect(SERVER, STUN_PORT)

    assert before and after and before != after


def test_a_small_ttl_opens_the_own_nat_and_dies_in_the_router(make_world):
    world = make_world("port", "none")
    judge.start_server(world)
    inside, outside = Agent(world.a), Agent(world.b)
    public = inside.reflect(SERVER, STUN_PORT)
    there = outside.reflect(SERVER, STUN_PORT)

    inside.send(there, ttl=2)
    assert outside.receive(1) is None
    outside.send(public)

    assert inside.receive(2) == there
