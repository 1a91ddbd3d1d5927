#!/usr/bin/env python3
"""Measures p2pfwd beside OpenSSH's -L on the same machine, interleaved, with the same load.

Prints a Markdown table; --write puts it into docs/BENCHMARKS.md as well. The tools must be built
in release configuration (`make bench` does that).
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import report
from node import ROOT
from processes import Child
from scenarios import Bench
from topologies import can_make_namespaces
from tunnels import P2PForward, SSH

HEADING = """# Benchmarks

Written by `make bench ARGUMENTS=--write`. One load program drives both tunnels on one machine, in
turn; the data flow from the serving side to the connecting side. CPU time is user and system time
of the tunnel's own processes. A loaded ping is a 64-byte ping-pong beside one bulk flow, or eight,
in the same session. Rates are payload bytes as received by the client. Scenarios of one tool alone are
those that ssh cannot do: datagrams, and 10,000 flows at a time.

"""


def install_ssh_server():
    if shutil.which("sshd") or os.path.exists("/usr/sbin/sshd"):
        return True
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-q"],
                    ["apt-get", "install", "-y", "-q", "--no-install-recommends",
                     "openssh-server", "openssh-client"]):
        done = subprocess.run(sudo + command, env=environment, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"bench: {' '.join(command)}: {done.stderr.strip()}", file=sys.stderr)
    return os.path.exists("/usr/sbin/sshd")


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="comma-separated scenarios, e.g. loopback-bulk,link-c")
    parser.add_argument("--list", action="store_true", help="print the scenarios and end")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--rounds", type=int, help="rounds per figure (3, quick: 1)")
    parser.add_argument("--ssh-only", action="store_true")
    parser.add_argument("--p2pfwd-only", action="store_true")
    parser.add_argument("--congestion-control", help="TCP congestion control on emulated links")
    parser.add_argument("--p2pfwd-option", action="append", default=[], metavar="WORD",
                        help="a further word for both ends of p2pfwd, e.g. --congestion=cubic")
    parser.add_argument("--write", action="store_true", help="write docs/BENCHMARKS.md")
    return parser.parse_args()


def main():
    arguments = parse()
    notes = []

    def note(text):
        if text not in notes:
            notes.append(text)
        print(f"bench: {text}", file=sys.stderr, flush=True)

    tunnels = [SSH, P2PForward]
    if arguments.ssh_only:
        tunnels = [SSH]
    if arguments.p2pfwd_only:
        tunnels = [P2PForward]
    if SSH in tunnels and not arguments.list and not install_ssh_server():
        note("openssh-server cannot be installed here: no comparison")
        tunnels.remove(SSH)
    rounds = arguments.rounds or (1 if arguments.quick else 3)
    P2PForward.options = arguments.p2pfwd_option
    bench = Bench(tunnels, rounds, arguments.quick, note, arguments.congestion_control)
    scenarios = bench.all()
    if arguments.list:
        print("\n".join(scenarios))
        return 0
    chosen = arguments.only.split(",") if arguments.only else list(scenarios)
    unknown = [name for name in chosen if name not in scenarios]
    if unknown:
        print(f"bench: unknown scenario {unknown[0]}; there are: {', '.join(scenarios)}",
              file=sys.stderr)
        return 2

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    rows, failed = [], False
    try:
        for name in chosen:
            needs_namespaces, run = scenarios[name]
            if needs_namespaces and not can_make_namespaces():
                note(f"{name} left out: it needs root and /dev/net/tun")
                continue
            try:
                for row in run():
                    rows.append(row)
                    print(f"bench: {row.scenario}: {row.figure}: " + ", ".join(
                        f"{tool} {report.cell(row, tool)}" for tool in row.samples),
                        file=sys.stderr, flush=True)
            except Exception as error:
                failed = True
                note(f"{name} failed: {error}")
    finally:
        Child.stop_all()
    table = report.markdown(rows, notes, rounds)
    print(table)
    if arguments.write:
        os.makedirs(os.path.join(ROOT, "docs"), exist_ok=True)
        with open(os.path.join(ROOT, "docs", "BENCHMARKS.md"), "w") as file:
            file.write(HEADING + table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
