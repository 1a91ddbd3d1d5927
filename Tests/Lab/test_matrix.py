"""p2pfwd in the core cells of the NAT matrix; their table is printed at the end."""

import concurrent.futures

import pytest

from conftest import OUTCOMES
from expectations import CORE
from matrix import run_cell

pytestmark = [pytest.mark.product, pytest.mark.meeting]


@pytest.fixture(scope="module")
def outcomes(request):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        measured = dict(zip(CORE, pool.map(run_cell, CORE)))
    request.config.stash[OUTCOMES] = list(measured.values())
    return measured


@pytest.mark.parametrize("cell", CORE, ids=str)
def test_the_cell_ends_on_the_expected_way(cell, outcomes):
    outcome = outcomes[cell]

    assert outcome.is_right, f"{outcome.row}\n{outcome.transcript}"
