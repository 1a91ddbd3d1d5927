"""Fixtures of the end-to-end tests: real processes on loopback or in network namespaces."""

import os
import subprocess
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))

from node import find_program
from processes import Child
from support import EchoTarget, LoadServer, Pair


def pytest_configure(config):
    config.addinivalue_line("markers", "tools: judges the test tools, needs no p2pfwd")
    config.addinivalue_line("markers", "slow: takes more than half a minute")
    config.addinivalue_line("markers", "alone: needs or measures the whole machine")


def missing_program():
    """Why the tests cannot run, or None."""
    try:
        for name in ("impairer", "load", "p2pfwd"):
            program = find_program(name)
    except FileNotFoundError as error:
        return str(error)
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20)
    if done.returncode != 0 or not done.stdout.strip():
        return f"{program} --version says nothing"
    return None


def pytest_collection_modifyitems(items):
    reason = missing_program()
    if reason:
        for item in items:
            if not item.get_closest_marker("tools"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def ended_processes():
    yield
    Child.stop_all()


@pytest.fixture
def load_server():
    server = LoadServer()
    yield server
    server.stop()


@pytest.fixture
def echo_target():
    target = EchoTarget()
    yield target
    target.close()


@pytest.fixture
def make_pair():
    """Makes paired nodes: make_pair(permits, link={...}) -> Pair."""
    pairs = []

    def make(permits, link=None, **options):
        pair = Pair(permits, link, **options)
        pairs.append(pair)
        return pair

    yield make
    for pair in pairs:
        pair.stop()
