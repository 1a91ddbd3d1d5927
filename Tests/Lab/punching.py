"""The reference for the matrix: two agents that know each other's addresses and punch at once.

It stands for the least that a peer-to-peer program does. Where it gets through, a cell is direct;
where one of the agents reaches no server by UDP, nothing but a WebSocket is left.
"""

import json

import judge
from agent import Agent
from expectations import Way
from namespaces import check
from world import SERVER

PATIENCE = 2.0
# Rounds whose datagrams die in the router: both NATs are open before anything can arrive at them.
OPENERS = 8
OPENER_TTL = 2


def reached_by_punching(world):
    judge.start_server(world)
    agents = [Agent(world.a), Agent(world.b)]
    reflexive = [agent.reflect(SERVER, judge.STUN_PORT) for agent in agents]
    if None in reflexive:
        return Way.WEBSOCKET
    candidates = [
        [address, *((host, agent.port) for host in _host_addresses(namespace))]
        for agent, address, namespace in zip(agents, reflexive, (world.a, world.b))]
    for agent, there in zip(agents, reversed(candidates)):
        agent.punch(there, PATIENCE, openers=OPENERS, ttl=OPENER_TTL)
    proofs = [agent.finish(PATIENCE + 5) for agent in agents]
    return Way.DIRECT if all(proofs) else Way.RELAY


def _host_addresses(namespace):
    devices = json.loads(check(["ip", "-n", namespace, "-j", "addr", "show", "dev", "eth0"]))
    return [info["local"] for info in devices[0]["addr_info"] if info["scope"] == "global"]
