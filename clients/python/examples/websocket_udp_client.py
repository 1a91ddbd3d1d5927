#!/usr/bin/env python3
"""Sends what is typed to the other end of a link, and shows what comes back.

    p2pfwd listen-key --port 17172 --key-file key --echo          (the other end)
    examples/websocket_udp_client.py --remote-host 127.0.0.1 --remote-port 17172 --key-file key
"""

from __future__ import annotations

import argparse
import asyncio
import pathlib
import sys
from typing import List

import p2pfwd
from p2pfwd.websocket import SRMUDPWebSocketClient, Status, StatusReport


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Talks to the other end of a link.")
    parser.add_argument("--host", default="localhost", help="where the node is")
    parser.add_argument("--port", type=int, default=17017, help="of its web endpoint")
    parser.add_argument("--token", help="without one, the node is asked for it")
    parser.add_argument("--remote-host", required=True)
    parser.add_argument("--remote-port", type=int, required=True)
    key = parser.add_mutually_exclusive_group(required=True)
    key.add_argument("--key", help="seen by all who list processes; better: --key-file")
    key.add_argument("--key-file", type=pathlib.Path)
    parser.add_argument("--message", action="append", default=[],
                        help="send this, wait for its echo, and end")
    return parser.parse_args()


def show(report: StatusReport) -> None:
    print(f"{report.status}: {report.message}", file=sys.stderr, flush=True)


async def talk(options: argparse.Namespace) -> None:
    key = options.key or options.key_file.read_text().strip()
    host = f"[{options.host}]" if ":" in options.host else options.host
    client = SRMUDPWebSocketClient(
        f"ws://{host}:{options.port}", options.remote_host, options.remote_port, key,
        token=options.token, on_status=show)
    async with client:
        await client.wait_for(Status.UDP_ESTABLISHED)
        if options.message:
            await echo(client, options.message)
        else:
            await asyncio.gather(listen(client), speak(client))


async def echo(client: SRMUDPWebSocketClient, messages: List[str]) -> None:
    for message in messages:
        await client.send_text(message)
        print(await client.receive(timeout=10), flush=True)


async def listen(client: SRMUDPWebSocketClient) -> None:
    async for message in client:
        print(message, flush=True)


async def speak(client: SRMUDPWebSocketClient) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        await client.send_text(line.rstrip("\n"))
    await client.close()


def main() -> int:
    options = parse()
    try:
        asyncio.run(talk(options))
    except KeyboardInterrupt:
        return 130
    except p2pfwd.Error as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
