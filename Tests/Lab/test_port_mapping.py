"""PCP, NAT-PMP and UPnP against miniupnpd, which we did not write; the tool `mapper` asks as a node
does.

The NAT is symmetric with random ports: what reaches the client came by the mapping.
"""

import ctypes
import re

import pytest

from agent import Agent
from namespaces import check, within
from node import find_program
from processes import Child
from world import SERVER

pytestmark = pytest.mark.product


def has_library():
    """Whether a version of miniupnpc is here that p2pfwd loads."""
    for version in range(17, 22):
        try:
            ctypes.CDLL(f"libminiupnpc.so.{version}")
            return True
        except OSError:
            pass
    return False


needs_library = pytest.mark.skipif(not has_library(), reason="there is no libminiupnpc")


@pytest.fixture
def world(make_world):
    return make_world("mapped", "port")


def start_mapper(world, port):
    return Child([find_program("mapper"), "--port", port], namespace=world.a)


def mapped_address(mapper, timeout=10, start=0):
    match = mapper.output.wait_for(r"^mapped (\S+):(\d+)$", timeout, start)
    return match.group(1), int(match.group(2))


def rules(world):
    """The ports that the box forwards now, as the kernel has them."""
    listing = check(within(world.house_a.box, "nft", "list", "chain", "inet", "mapper",
                           "translate"))
    return [int(port) for port in re.findall(r"th dport (\d+)|udp dport (\d+)", listing)
            for port in port if port]


def only_nat_pmp(world):
    """The box drops PCP: requests whose first byte, the version, is 2."""
    check(within(world.house_a.box, "nft", "-f", "-"), """
        table ip oldbox {
            chain input {
                type filter hook input priority -10; policy accept;
                udp dport 5351 @th,64,8 2 drop
            }
        }""")


def test_a_stranger_reaches_the_mapped_port(world):
    inside, outside = Agent(world.a), Agent(world.server)
    mapper = start_mapper(world, inside.port)
    address = mapped_address(mapper)

    assert address[0] == world.house_a.public
    outside.send(address)

    assert inside.receive(2) == (SERVER, outside.port)
    assert "PCP" in mapper.output.wait_for("^state .*forwards .* to us", 5).string


def test_nat_pmp_is_asked_where_pcp_is_not_answered(world):
    only_nat_pmp(world)
    inside, outside = Agent(world.a), Agent(world.server)
    mapper = start_mapper(world, inside.port)
    address = mapped_address(mapper)
    outside.send(address)

    assert inside.receive(2) == (SERVER, outside.port)
    assert "NAT-PMP" in mapper.output.wait_for("^state .*forwards .* to us", 5).string


@needs_library
def test_upnp_is_spoken_where_nothing_else_is(make_world):
    world = make_world("upnp", "port")
    inside, outside = Agent(world.a), Agent(world.server)
    mapper = start_mapper(world, inside.port)
    address = mapped_address(mapper, 15)

    assert address[0] == world.house_a.public
    outside.send(address)

    assert inside.receive(2) == (SERVER, outside.port)
    assert "UPnP" in mapper.output.wait_for("^state .*forwards .* to us", 5).string


@pytest.mark.parametrize(
    "dialect", ["PCP", "NAT-PMP", pytest.param("UPnP", marks=needs_library)])
def test_the_mapping_is_given_back_at_the_end(dialect, make_world):
    world = make_world("upnp" if dialect == "UPnP" else "mapped", "port")
    if dialect == "NAT-PMP":
        only_nat_pmp(world)
    mapper = start_mapper(world, 42424)
    mapped_address(mapper, 15)
    assert rules(world) == [42424]

    assert mapper.stop() == 0

    assert rules(world) == []
    assert mapper.output.lines[-1] == "released"


@pytest.mark.parametrize("kind", ["mapped", pytest.param("upnp", marks=needs_library)])
def test_two_nodes_get_two_ports(kind, make_world):
    world = make_world(kind, shape="same-lan")
    mappers = [Child([find_program("mapper"), "--port", 42424], namespace=namespace)
               for namespace in (world.a, world.b)]

    addresses = {mapped_address(mapper, 15) for mapper in mappers}

    assert len(addresses) == 2


def test_a_router_without_port_mapping_is_named(make_world):
    world = make_world("port")
    mapper = start_mapper(world, 42424)

    line = mapper.output.wait_for("forwards nothing to us", 15).string

    assert "192.168.1.1" in line and "neither PCP nor NAT-PMP" in line
    assert mapper.stop() == 0
