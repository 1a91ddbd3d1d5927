"""What worked in a network is tried first the next time there."""

import time

import pytest

from expectations import Way
from session import Session

pytestmark = [pytest.mark.product, pytest.mark.meeting]

# UDP is given three seconds where nothing is known.
PATIENCE = 3.0


def test_where_udp_is_blocked_the_web_socket_is_opened_at_once(make_world):
    with Session(make_world("port", "udpblock")) as session:
        # Pairing finds out.
        session.meet()

        start = time.monotonic()
        session.forward()
        session.load("ping", "--count", 1, "--warmup", 0).result(30)
        elapsed = time.monotonic() - start

        assert session.way() == Way.WEBSOCKET
        assert elapsed < PATIENCE, session.transcript()


def test_a_server_that_udp_reaches_again_is_found_by_it(make_world):
    with Session(make_world("port", "port")) as session:
        session.world.house_b.set_udp(False)
        session.meet()
        session.world.house_b.set_udp(True)

        session.forward()
        ping = session.load("ping", "--seconds", 8)
        time.sleep(6)

        assert session.way() == Way.DIRECT, session.transcript()
        ping.result(20)
