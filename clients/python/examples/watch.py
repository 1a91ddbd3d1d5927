#!/usr/bin/env python3
"""Forwards a local port to a peer, and tells what happens there until it is interrupted.

    examples/watch.py homebox 8080:localhost:80
"""

from __future__ import annotations

import argparse
import sys

import p2pfwd


def main() -> int:
    parser = argparse.ArgumentParser(description="Forwards a local port and tells what happens.")
    parser.add_argument("peer")
    parser.add_argument("specification", help="as -L of p2pfwd: [bind:]port:host:hostport")
    parser.add_argument("--home", help="the home of the node, as --home of p2pfwd")
    options = parser.parse_args()
    try:
        with p2pfwd.Node(options.home) as node:
            watch(node, options.peer, options.specification)
    except KeyboardInterrupt:
        return 130
    except p2pfwd.NodeError as error:
        print(error, file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code or 255
    except p2pfwd.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def watch(node: p2pfwd.Node, peer: str, specification: str) -> None:
    node.subscribe("session", "path", "flow")
    # The group belongs to this connection: it ends with the program.
    group = node.add_forwards(peer, p2pfwd.local(specification), follow=True)
    for forward in group.forwards:
        print(f"{', '.join(forward.places)} leads to {forward.target} at {peer}", flush=True)
    for event in node.events():
        print(event.time, event.text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
