#!/usr/bin/env python3
"""Measures what a relay costs beside what its ends cost, on loopback with datagrams of Ethernet.

    Tests/Bench/relay.py [SECONDS]

Needs .build/release/relayload (swift build -c release --product relayload). First a connection
directly and through a relay, then floods of relayed datagrams over up to thousands of channels.
CPU time is user and system time in seconds for 10^9 bytes.
"""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOL = os.path.join(ROOT, ".build", "release", "relayload")
RELAY, LEFT, RIGHT = 47070, 47071, 47072


def run(seconds, *parts):
    """Runs the parts at once; returns the fields of each one's line."""
    children = [
        subprocess.Popen([TOOL, *map(str, part)], stdout=subprocess.PIPE, text=True)
        for part in parts
    ]
    results = []
    for child in children:
        output, _ = child.communicate(timeout=seconds + 20)
        fields = dict(re.findall(r"(\w+)=(\S+)", output))
        if child.returncode != 0 or "bytes" not in fields:
            sys.exit(f"relay.py: {child.args} failed: {output}")
        results.append(fields)
    return results


def show(title, seconds, fields):
    rate = int(fields["bytes"]) * 8 / seconds / 1e6
    known = ("bytes", "cpu", "cpu_per_gb")
    rest = "  ".join(f"{name} {value}" for name, value in fields.items() if name not in known)
    print(f"{title:34} {rate:8.0f} Mbit/s  CPU {float(fields['cpu_per_gb']):.3f} s/GB  {rest}")


def connection(seconds, is_relayed):
    parts = [("sink", RIGHT, seconds + 1, LEFT), ("source", LEFT, seconds, RIGHT)]
    if is_relayed:
        parts = [("relay", RELAY, 1, seconds + 1, LEFT, RIGHT)] + [
            (kind, port, time, 0, RELAY)
            for kind, port, time in (("sink", RIGHT, seconds + 1), ("source", LEFT, seconds))
        ]
    results = run(seconds, *parts)
    name = "relayed" if is_relayed else "direct"
    if is_relayed:
        show(f"{name}: relay", seconds, results[0])
    show(f"{name}: sink", seconds, results[-2])
    show(f"{name}: source", seconds, results[-1])


def flood(seconds, channels, size, length):
    relay, _, drain = run(
        seconds,
        ("relay", RELAY, channels, seconds + 1, LEFT, RIGHT),
        ("flood", LEFT, seconds, RELAY, channels, size, length),
        ("drain", RIGHT, seconds + 1),
    )
    name = f"flood: {channels} channels, {length} x {size}"
    each = float(relay["cpu"]) / max(1, int(relay["datagrams"])) * 1e6
    relay["us_each"] = f"{each:.2f}"
    show(name, seconds, relay)


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    if not os.path.exists(TOOL):
        sys.exit("relay.py: build it first: swift build -c release --product relayload")
    connection(seconds, False)
    connection(seconds, True)
    for channels, size, length in ((1, 1461, 44), (4096, 1461, 44), (4096, 1461, 4), (4096, 128, 1)):
        flood(seconds, channels, size, length)


if __name__ == "__main__":
    main()
