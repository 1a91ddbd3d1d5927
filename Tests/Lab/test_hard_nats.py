"""Where a NAT takes another port for each destination, one of its ports is found."""

import time

import pytest

from expectations import Way
from session import Session

pytestmark = [pytest.mark.product, pytest.mark.meeting]


@pytest.mark.parametrize("kinds", [("port", "sq"), ("sq", "port"), ("port", "sr"), ("sr", "double")],
                         ids=" x ".join)
def test_a_port_is_found(kinds, make_world):
    """Two in a hundred tries fail where the ports are taken by chance; then there is another one."""
    with Session(make_world(*kinds)) as session:
        session.meet()
        session.forward()
        ping = session.load("ping", "--seconds", 25)
        deadline = time.monotonic() + 25
        while session.way() != Way.DIRECT and time.monotonic() < deadline:
            time.sleep(0.2)

        assert session.way() == Way.DIRECT, session.transcript()
        assert ping.result(40)["max_us"] < 2_000_000
        transfer = session.load("verify", "--bytes", 8 << 20, "--deadline", 30)
        assert transfer.result(40)["equal"]
        assert session.way() == Way.DIRECT


def test_without_a_budget_the_relay_serves(make_world):
    with Session(make_world("port", "sq"), ["--probe-budget", "0"]) as session:
        session.meet()
        session.forward()
        session.load("ping", "--seconds", 10).result(20)

        assert session.way() == Way.RELAY
