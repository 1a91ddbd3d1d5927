"""Two web endpoints behind NATs that name each other's public address meet."""

import os
import sys

import pytest

from processes import Child
from web import WebNode

pytestmark = pytest.mark.product

TALKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "web_talker.py")


def talk(web, namespace, other_house, other, word):
    url = web.link_url(other.udp_port, other_house.public)
    return Child([sys.executable, TALKER, url, word], namespace=namespace, name=f"talker {word}")


@pytest.mark.parametrize("kinds", [("port", "port"), ("eif", "port"), ("double", "adf")],
                         ids="-".join)
def test_two_endpoints_behind_nats_meet(make_world, kinds):
    world = make_world(*kinds)
    first = WebNode("first", namespace=world.a)
    second = WebNode("second", namespace=world.b)
    try:
        talkers = [talk(first, world.a, world.house_b, second, "one"),
                   talk(second, world.b, world.house_a, first, "two")]

        for talker, word in zip(talkers, ("two", "one")):
            talker.output.wait_for("^UDP_ESTABLISHED$", 30)
            talker.output.wait_for(f"^{word}$", 10)
    finally:
        first.stop()
        second.stop()
