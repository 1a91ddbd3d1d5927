"""p2pfwd in the core cells of the NAT matrix; their table is printed at the end."""

import pytest

import matrix
from expectations import CORE

pytestmark = [pytest.mark.product, pytest.mark.meeting]


@pytest.mark.parametrize("cell", CORE, ids=str)
def test_the_cell_ends_on_the_expected_way(cell, record_property):
    outcome = matrix.run_cell(cell)

    record_property(matrix.ROW, outcome.row)
    assert outcome.is_right, f"{outcome.row}\n{outcome.transcript}"
