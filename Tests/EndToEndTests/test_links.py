"""Transfers over links that lose, delay, change and vanish; every byte is checked."""

import threading

import pytest

from node import find_program
from processes import Child
from support import load, start_load

BAD_LINK = {"loss": 0.10, "reorder": 0.05, "duplicate": 0.02, "corrupt": 0.01, "delay-ms": 5,
            "reorder-ms": 10, "seed": 1}
MEBIBYTE = 1 << 20


def pause(seconds):
    """Lets time pass where the length of an outage is what is tested."""
    threading.Event().wait(seconds)


@pytest.mark.alone
def test_a_gibibyte_arrives_on_a_clean_path(make_pair, load_server):
    pair = make_pair([load_server.address])
    _, (port,) = pair.forward(load_server.address)

    assert load(port, "verify", "--bytes", 1024 * MEBIBYTE, "--mode", "download")["equal"]


@pytest.mark.parametrize("mode", ["download", "upload"])
def test_64_mebibytes_arrive_over_a_bad_link(make_pair, load_server, mode):
    pair = make_pair([load_server.address], link=BAD_LINK)
    _, (port,) = pair.forward(load_server.address)

    assert load(port, "verify", "--bytes", 64 * MEBIBYTE, "--mode", mode)["equal"]


def test_many_flows_arrive_over_a_link_with_bursts_of_loss(make_pair, load_server):
    pair = make_pair([load_server.address], link={
        "burst-loss": 0.002, "burst-length": 40, "loss": 0.05, "truncate": 0.01, "delay-ms": 10,
        "jitter-ms": 5, "rate": 100, "queue-ms": 50, "seed": 2})
    _, (port,) = pair.forward(load_server.address)

    assert load(port, "verify", "--flows", 100, "--bytes", 100_000)["equal"]


def test_a_transfer_survives_address_changes(make_pair, load_server):
    pair = make_pair([load_server.address],
                     link={"delay-ms": 10, "rate": 50, "queue-ms": 100, "seed": 3})
    _, (port,) = pair.forward(load_server.address)
    transfer = start_load(port, "verify", "--bytes", 16 * MEBIBYTE, "--deadline", 120)

    for _ in range(3):
        pause(1)
        pair.impairer.say("rebind")

    assert transfer.result(150)["equal"]


@pytest.mark.slow
def test_a_transfer_survives_a_blackout_of_60_seconds(make_pair, load_server):
    pair = make_pair([load_server.address],
                     link={"delay-ms": 5, "rate": 50, "queue-ms": 100, "seed": 4})
    _, (port,) = pair.forward(load_server.address)
    transfer = start_load(port, "verify", "--bytes", 16 * MEBIBYTE, "--deadline", 180)

    pause(1)
    pair.impairer.say("blackout 60")

    result = transfer.result(200)
    assert result["equal"]
    # The path came back after 61 s; the probes must find it within seconds, not minutes.
    assert 60 < result["seconds"] < 90


@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_transfer_survives_a_blackout_of_one_direction(make_pair, load_server, direction):
    pair = make_pair([load_server.address],
                     link={"delay-ms": 5, "rate": 50, "queue-ms": 100, "seed": 5})
    _, (port,) = pair.forward(load_server.address)
    transfer = start_load(port, "verify", "--bytes", 16 * MEBIBYTE, "--deadline", 120)

    pause(1)
    pair.impairer.say(f"{direction} blackout 5")

    assert transfer.result(150)["equal"]


def test_a_path_whose_mtu_shrinks_goes_on_carrying(make_pair, load_server):
    pair = make_pair([load_server.address],
                     link={"delay-ms": 5, "rate": 100, "queue-ms": 100, "seed": 6})
    _, (port,) = pair.forward(load_server.address)
    transfer = start_load(port, "verify", "--bytes", 32 * MEBIBYTE, "--deadline", 120)

    pause(1)
    pair.impairer.say("mtu 1280")

    assert transfer.result(150)["equal"]
