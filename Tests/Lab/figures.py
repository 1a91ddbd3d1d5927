#!/usr/bin/env python3
"""Measures what is promised of sessions, and prints a table: wanted and measured.

    figures.py [--runs N] [--only NAME,NAME...] [--blackout SECONDS] [--json]

Each run has a world of its own. Exit codes: 0 all figures are as wanted, 1 one is not, 2 there can be
no lab here.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Callable

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))

import disturbances
from expectations import Way
from namespaces import CommandFailed, reason_to_skip
from processes import Child, LineTimeout, cpu_seconds
from session import Session, reason_not_to_meet, reason_not_to_run
from world import World

# Four passages of a line of a house make a round trip between houses.
LINE_40_MS = {"delay-ms": 10, "rate": 100}
RELAYED_BYTES = 2 << 30


@dataclass(frozen=True)
class Figure:
    name: str
    title: str
    # The largest value.
    wanted: float
    measure: Callable[[argparse.Namespace], float]
    unit: str = "s"


def first_byte_of_a_known_peer(_):
    with World("port", "port", line=LINE_40_MS) as world, Session(world) as session:
        session.meet()
        return _time_to_first_byte(session)


def first_byte_by_a_fresh_code(_):
    with World("port", "port", line=LINE_40_MS) as world, Session(world) as session:
        session.prepare()
        _, code = session.invite()
        return _time_to_first_byte(session, code)


def direct_path(_):
    with World("port", "port", line=LINE_40_MS) as world, Session(world) as session:
        session.meet()
        start = time.monotonic()
        session.forward()
        ping = session.load("ping", "--seconds", 10)
        _wait_for_direct(session, start)
        elapsed = time.monotonic() - start
        ping.result(30)
        return elapsed


def resume_after_rebinding(_):
    return _silence(lambda session: disturbances.rebind_nat(session, session.world.house_b), 6)


def resume_after_an_address_change(_):
    return _silence(
        lambda session: disturbances.change_public_address(session, session.world.house_b), 6)


def resume_after_a_blackout(arguments):
    """From its end on; a flow that does not survive fails the measurement."""
    length = arguments.blackout
    return _silence(
        lambda session: disturbances.black_out(session, session.world.house_b, length),
        length + 12) - length


def relay_effort(_):
    """What the relay takes of the processors for each byte, beside the mean of the two ends."""
    with World("sr", "sr") as world, Session(world) as session:
        session.meet()
        session.forward()
        processes = (session.rendezvous_process, session.serving_process,
                     session.connecting_process)
        before = [cpu_seconds(process.pid) for process in processes]
        result = session.load("verify", "--bytes", RELAYED_BYTES, "--deadline", 60).result(70)
        relay, *ends = (cpu_seconds(process.pid) - used
                        for process, used in zip(processes, before))
        if session.way() != Way.RELAY or not result["equal"]:
            raise RuntimeError("not relayed, or not equal")
        return relay / statistics.mean(ends)


FIGURES = (
    Figure("known-peer", "first byte of a known peer, 40 ms", 0.5, first_byte_of_a_known_peer),
    Figure("fresh-code", "first byte by a fresh code, 40 ms", 1.5, first_byte_by_a_fresh_code),
    Figure("direct", "direct path, port-restricted NATs", 5, direct_path),
    Figure("rebinding", "resume after a NAT's rebinding", 3, resume_after_rebinding),
    Figure("address", "resume after a change of address", 3, resume_after_an_address_change),
    Figure("blackout", "resume after the end of a blackout", 5, resume_after_a_blackout),
    Figure("relay", "processors taken by a relay, of an end", 0.25, relay_effort, ""),
)


def _time_to_first_byte(session, *peer):
    """From Enter on: the command starts, connects, and an echo comes back through its forward."""
    start = time.monotonic()
    session.forward(*peer)
    session.load("ping", "--count", 1, "--warmup", 0).result(30)
    return time.monotonic() - start


def _wait_for_direct(session, start):
    while session.way() != Way.DIRECT:
        if time.monotonic() - start > 20:
            raise RuntimeError("no direct path")
        time.sleep(0.05)


def _silence(disturb, seconds):
    """The longest time without an answer on a flow over a punched path that is disturbed."""
    with World("port", "port") as world, Session(world) as session:
        session.meet()
        session.forward()
        _wait_for_direct(session, time.monotonic())
        ping = session.load("ping", "--seconds", seconds)
        time.sleep(1)
        disturb(session)
        return ping.result(seconds + 60)["max_us"] / 1e6


def measure(figure, arguments):
    """The values of all runs; a run that failed is None."""
    values = []
    for _ in range(arguments.runs):
        try:
            values.append(figure.measure(arguments))
        except (CommandFailed, LineTimeout, RuntimeError, subprocess.TimeoutExpired) as error:
            print(f"{figure.name}: {' '.join(str(error).split())[:300]}", file=sys.stderr)
            values.append(None)
        finally:
            Child.stop_all()
    return values


def judge(figure, values):
    good = [value for value in values if value is not None]
    return {
        "name": figure.name, "title": figure.title, "wanted": figure.wanted,
        "unit": figure.unit, "runs": len(values), "failed": len(values) - len(good),
        "median": statistics.median(good) if good else None,
        "worst": max(good) if good else None,
        "isRight": len(good) == len(values) and max(good) <= figure.wanted,
    }


def table(results):
    def text(value, unit, form=".2f"):
        return "-" if value is None else f"{value:{form}} {unit}".rstrip()

    lines = ["| figure | wanted | median | worst | runs | verdict |", "|" + " --- |" * 6]
    for result in results:
        runs = f"{result['runs'] - result['failed']} of {result['runs']}"
        lines.append("| " + " | ".join((
            result["title"], text(result["wanted"], result["unit"], "g"),
            text(result["median"], result["unit"]), text(result["worst"], result["unit"]),
            runs, "right" if result["isRight"] else "MISSED")) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=int(os.environ.get("LAB_RUNS", 5)))
    parser.add_argument("--only", help="names of figures, with commas")
    parser.add_argument("--blackout", type=int, default=60, help="length in seconds")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    reason = reason_to_skip() or reason_not_to_run() or reason_not_to_meet()
    if reason:
        print(f"skipped: {reason}")
        return 2
    names = arguments.only.split(",") if arguments.only else [figure.name for figure in FIGURES]
    results = [judge(figure, measure(figure, arguments))
               for figure in FIGURES if figure.name in names]
    print(json.dumps(results, indent=2) if arguments.json else table(results))
    return 0 if all(result["isRight"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
