"""What a relay costs those who need it."""

import pytest

from expectations import Way
from session import Session
from test_disturbances import wait_for

# A link of a house, slower than what two cores relay, so that the network decides.
LINE = {"rate": 40, "delay-ms": 5, "queue-ms": 100}
TRANSFER_BYTES = 24 << 20

pytestmark = [pytest.mark.product, pytest.mark.meeting]


def rate(world, way):
    """Megabits a second of one transfer."""
    options = [] if way == Way.DIRECT else ["--path", "relay"]
    with Session(world, options) as session:
        session.meet()
        session.forward()
        wait_for(session, way, 8)
        result = session.load("verify", "--bytes", TRANSFER_BYTES, "--deadline", 60).result(70)
        assert result["equal"]
        return result["mbit_s"]


@pytest.mark.alone
def test_a_relayed_transfer_is_nearly_as_fast_as_a_direct_one_on_the_same_link(make_world):
    direct = rate(make_world("port", "port", line=LINE), Way.DIRECT)
    relayed = rate(make_world("port", "port", line=LINE), Way.RELAY)

    assert relayed >= 0.8 * direct, f"{relayed:.1f} of {direct:.1f} Mbit/s"
