"""The lab and the expectations agree: a simple puncher reaches what is called direct.

Cells that need port prediction are relayed here, since it does not predict; and it does not ask
routers to map ports.
"""

import concurrent.futures
import itertools

import pytest

from expectations import CORE, SIDE_CELLS, Cell, Way
from nat import KINDS, Group
from processes import Child
from punching import reached_by_punching
from world import World

_NAMES = [name for name in KINDS if name not in ("hairpin", "mapped")]
_PAIRS = [Cell(*pair) for pair in itertools.combinations_with_replacement(_NAMES, 2)]
CELLS = [*_PAIRS, *SIDE_CELLS]
CORE_CELLS = [cell for cell in CORE
              if not (KINDS[cell.a].maps_ports or KINDS[cell.b].maps_ports)]


def pytest_generate_tests(metafunc):
    if "cell" in metafunc.fixturenames:
        cells = CELLS if metafunc.config.getoption("--full") else CORE_CELLS
        metafunc.parametrize("cell", cells, ids=str)


@pytest.fixture(scope="module")
def reached(is_full):
    """What the puncher reaches in each cell; a few at a time, for most of it is waiting."""
    def punch(cell):
        with World(cell.a, cell.b, cell.shape) as world:
            return reached_by_punching(world)

    cells = CELLS if is_full else CORE_CELLS
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        ways = dict(zip(cells, pool.map(punch, cells)))
    Child.stop_all()
    return ways


def test_a_simple_puncher_gets_as_far_as_expected(cell, reached):
    assert reached[cell] == max(cell.accepted)


@pytest.mark.anywhere
def test_the_expectations_are_the_same_in_both_roles():
    for cell in CELLS:
        assert cell.accepted == Cell(cell.b, cell.a, cell.shape).accepted


@pytest.mark.anywhere
def test_the_core_has_every_group_and_every_way():
    groups = {KINDS[name].group for cell in CORE for name in (cell.a, cell.b)}

    assert groups == set(Group)
    assert set().union(*(cell.accepted for cell in CORE)) == set(Way)
