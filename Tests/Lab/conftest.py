"""Fixtures of the lab. What cannot run here is skipped, with the reason."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))

import matrix
from namespaces import reason_to_skip
from processes import Child
from session import reason_not_to_meet, reason_not_to_run
from world import World


def pytest_addoption(parser):
    parser.addoption("--full", action="store_true", help="all cells, and the promised long waits")


def pytest_configure(config):
    config.addinivalue_line("markers", "anywhere: needs neither root nor network namespaces")
    config.addinivalue_line("markers", "product: needs p2pfwd, load and impairer")
    config.addinivalue_line("markers", "meeting: needs p2pfwd rendezvous")
    config.addinivalue_line("markers", "alone: measures what a busy machine would change")


def pytest_collection_modifyitems(items):
    no_lab, no_product = reason_to_skip(), reason_not_to_run()
    no_meeting = no_product or reason_not_to_meet()
    for item in items:
        reason = None if item.get_closest_marker("anywhere") else no_lab
        if item.get_closest_marker("product"):
            reason = reason or no_product
        if item.get_closest_marker("meeting"):
            reason = reason or no_meeting
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter):
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    rows = [value for report in reports for name, value in report.user_properties
            if name == matrix.ROW]
    if rows:
        terminalreporter.write_line("\n" + matrix.table(rows) + "\n")


@pytest.fixture(scope="session")
def is_full(request):
    return request.config.getoption("--full")


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
