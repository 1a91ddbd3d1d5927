#!/usr/bin/env python3
"""Runs p2pfwd in the cells of the NAT matrix and prints a table: expected and reached.

    matrix.py [--all] [--runs N] [--jobs N] [--only A,B[,SHAPE]] [--line delay-ms=10,rate=100]
              [--logs FOLDER]

Exit codes: 0 all cells are right, 1 a cell is wrong, 2 there can be no lab here.
"""

import argparse
import concurrent.futures
import os
import subprocess
import sys
import time
from dataclasses import dataclass

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))

from expectations import CORE, Cell, Way, all_cells
from namespaces import CommandFailed, reason_to_skip
from processes import Child, LineTimeout
from session import Session, reason_not_to_meet, reason_not_to_run
from world import World

# A direct cell is direct by then; one that is not expected to be direct is not by then.
PATIENCE = 5.0
# For what the command line itself takes on a loaded machine.
SLACK = 1.0
VERIFIED_BYTES = 1 << 20
COLUMNS = ("a serves", "b connects", "expected", "reached", "first byte", "direct after",
           "bytes", "verdict")
# The property of a test's report that has a row of the table.
ROW = "matrix row"


@dataclass
class Outcome:
    cell: Cell
    reached: Way | None = None
    # Seconds from the start of the forwarding command.
    first_byte: float | None = None
    direct: float | None = None
    bytes_are_equal: bool | None = None
    trouble: str = ""
    # What the processes said, of a wrong cell.
    transcript: str = ""

    @property
    def is_right(self):
        return self.reached in self.cell.accepted and self.bytes_are_equal is True

    @property
    def row(self):
        def seconds(value):
            return "-" if value is None else f"{value:.2f} s"

        place = "" if self.cell.shape == "apart" else f" ({self.cell.shape})"
        return (self.cell.a, self.cell.b + place, self.cell.expectation,
                str(self.reached or "nothing"), seconds(self.first_byte), seconds(self.direct),
                {True: "equal", False: "WRONG", None: "-"}[self.bytes_are_equal],
                "right" if self.is_right else f"WRONG {self.trouble}".strip())


def run_cell(cell, line=None):
    """One run of one cell, in a world of its own."""
    outcome = Outcome(cell)
    with World(cell.a, cell.b, cell.shape, line) as world, Session(world) as session:
        try:
            _measure(session, outcome)
        except (CommandFailed, LineTimeout, RuntimeError, subprocess.TimeoutExpired) as error:
            outcome.trouble = " ".join(str(error).split())[:300]
        if not outcome.is_right:
            outcome.transcript = session.transcript()
    return outcome


def _measure(session, outcome):
    session.meet()
    start = time.monotonic()
    session.forward()
    session.load("ping", "--count", 1, "--warmup", 0).result(30)
    outcome.first_byte = time.monotonic() - start
    _watch(session, outcome, start)
    transfer = session.load("verify", "--bytes", VERIFIED_BYTES, "--deadline", 30)
    outcome.bytes_are_equal = transfer.result(40)["equal"]


def _watch(session, outcome, start):
    """Waits for the direct path, where there may be one; else looks that there is none."""
    while True:
        elapsed = time.monotonic() - start
        outcome.reached = session.way()
        if outcome.reached == Way.DIRECT:
            outcome.direct = elapsed
            return
        if elapsed > PATIENCE + SLACK:
            return
        time.sleep(0.1)


def table(rows):
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def summary(outcomes):
    right = sum(outcome.is_right for outcome in outcomes)
    return f"{right} passed, {len(outcomes) - right} failed, 0 skipped"


def _save(outcome, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(" | ".join(outcome.row) + "\n" + outcome.transcript)


def _line(text):
    """delay-ms=10,rate=100 as a dictionary."""
    return dict(pair.split("=", 1) for pair in text.split(","))


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--all", action="store_true", help="all kinds in both roles")
    parser.add_argument("--runs", type=int, default=1, help="runs of each cell")
    parser.add_argument("--jobs", type=int, default=2, help="cells at a time")
    parser.add_argument("--only", help="one cell: two kinds and perhaps a shape, with commas")
    parser.add_argument("--logs", help="folder for what the processes of wrong cells said")
    parser.add_argument("--line", type=_line, help="options of the link emulator for each line")
    return parser.parse_args()


def main():
    arguments = _arguments()
    reason = reason_to_skip() or reason_not_to_run() or reason_not_to_meet()
    if reason:
        print(f"skipped: {reason}\n0 passed, 0 failed, 1 skipped")
        return 2
    cells = all_cells() if arguments.all else CORE
    if arguments.only:
        cells = (Cell(*arguments.only.split(",")),)
    cells = [cell for cell in cells for _ in range(arguments.runs)]
    outcomes = []
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for outcome in pool.map(lambda cell: run_cell(cell, arguments.line), cells):
            print(f"{outcome.cell}: {outcome.row[-1]}", file=sys.stderr, flush=True)
            outcomes.append(outcome)
            if arguments.logs and outcome.transcript:
                _save(outcome, os.path.join(arguments.logs, f"{len(outcomes)}.log"))
    Child.stop_all()
    print(f"{table(outcome.row for outcome in outcomes)}\n\n{summary(outcomes)}")
    return 0 if all(outcome.is_right for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
