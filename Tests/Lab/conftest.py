"""Fixtures of the lab. Everything is skipped, with the reason, where no lab can be built."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))

from namespaces import reason_to_skip
from processes import Child
from world import World


def pytest_collection_modifyitems(items):
    reason = reason_to_skip()
    if reason:
        for item in items:
            if not item.get_closest_marker("anywhere"):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_configure(config):
    config.addinivalue_line("markers", "anywhere: needs neither root nor network namespaces")


@pytest.fixture
def make_world():
    worlds = []

    def make(*words, **options):
        world = World(*words, **options)
        worlds.append(world)
        return world

    yield make
    Child.stop_all()
    for world in worlds:
        world.close()
