"""Links through the web endpoint of a node that the test writes."""

from __future__ import annotations

import asyncio
import threading
from typing import Any, Awaitable, Callable, List

import pytest

pytest.importorskip("websockets")
pytest.importorskip("aiohttp")

from fake_web import FakeWeb  # noqa: E402
from p2pfwd.websocket import (  # noqa: E402
    BlockingSRMUDPWebSocketClient,
    LinkClosed,
    LinkRefused,
    LinkTimedOut,
    SRMUDPWebSocketClient,
    Status,
    StatusReport,
    TokenRefused,
)

KEY = "a key of both ends"


def client(web: FakeWeb, **options: Any) -> SRMUDPWebSocketClient:
    return SRMUDPWebSocketClient(
        web.url, "192.0.2.7", 17_171, options.pop("key", KEY), minimum_delay=0.001,
        maximum_delay=0.02, **options)


def run(work: Callable[[FakeWeb], Awaitable[None]]) -> None:
    async def inside() -> None:
        async with FakeWeb() as web:
            await work(web)

    asyncio.run(asyncio.wait_for(inside(), 30))


def test_text_and_binary_messages_come_back_as_what_they_were() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web) as link:
            await link.send_text("grüße")
            await link.send_binary(b"\0\xff\n")
            assert await link.receive() == "grüße"
            assert await link.receive() == b"\0\xff\n"

    run(work)


def test_a_token_is_made_for_this_link_alone_and_no_secret_stands_in_the_url() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web, client_id="me") as link:
            assert web.token_requests == [{"links": ["192.0.2.7:17171"]}]
            assert web.protocols == ["p2pfwd, token.token-1"]
            assert web.opened == [{
                "remote_host": "192.0.2.7", "remote_port": "17171", "client_id": "me",
                "frames": "binary"}]
            assert web.texts == [{"type": "key", "encryption_key": KEY}]
            assert link.connection_id == "c"

    run(work)


def test_older_servers_get_the_secrets_in_the_url_and_text_frames_alone() -> None:
    async def work(web: FakeWeb) -> None:
        web.makes_tokens_by_put = False
        async with client(web, secrets_in_query=True) as link:
            assert web.protocols == [""]
            assert web.opened[0]["token"] == "token-1"
            assert web.opened[0]["encryption_key"] == KEY
            await link.send_binary(b"\0\xff\n")
            assert await link.receive() == b"\0\xff\n"
            assert web.texts == [{"type": "data", "format": "binary", "data": "AP8K"}]

    run(work)


def test_statuses_are_told_in_their_order() -> None:
    async def work(web: FakeWeb) -> None:
        seen: List[StatusReport] = []
        link = client(web, on_status=seen.append)
        assert link.status == Status.DISCONNECTED
        await link.connect()
        await link.wait_for(Status.UDP_ESTABLISHED)
        await link.close()
        assert [report.status for report in seen] == [
            "CONNECTED", "UDP_WAITING", "UDP_ESTABLISHED", "DISCONNECTED"]

    run(work)


def test_a_broken_websocket_is_opened_again_and_what_is_sent_meanwhile_waits() -> None:
    async def work(web: FakeWeb) -> None:
        seen: List[str] = []
        async with client(web, on_status=lambda report: seen.append(report.status)) as link:
            await link.wait_for(Status.UDP_ESTABLISHED)
            # The token has expired meanwhile.
            web.forget_tokens()
            web.break_sockets()
            await link.wait_for(Status.RECONNECTING)
            await link.send_text("afterwards")
            assert await link.receive() == "afterwards"
            assert len(web.token_requests) == 2
            assert seen.count("RECONNECTING") >= 1

    run(work)


def test_a_node_that_is_away_for_a_while_is_waited_for() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web) as link:
            await link.wait_for(Status.UDP_ESTABLISHED)
            await web.stop()
            await link.wait_for(Status.RECONNECTING)
            await web.start()
            await link.wait_for(Status.UDP_ESTABLISHED)

    run(work)


def test_a_token_that_is_not_accepted_is_the_end_of_it() -> None:
    async def work(web: FakeWeb) -> None:
        with pytest.raises(TokenRefused):
            await client(web, token="invented").connect()
        web.refuses_tokens = True
        with pytest.raises(TokenRefused, match="not for you"):
            await client(web).connect()

    run(work)


def test_a_key_that_the_node_refuses_fails_connect_with_its_reason() -> None:
    async def work(web: FakeWeb) -> None:
        link = client(web, key="short")
        with pytest.raises(LinkRefused, match="the key is too short"):
            await link.connect()
        assert link.status == Status.ERROR

    run(work)


def test_a_link_that_failed_for_good_is_not_opened_again() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web) as link:
            await link.send_text("fail!")
            with pytest.raises(LinkRefused, match="the link has failed"):
                await link.receive()
            assert len(web.opened) == 1
            assert link.status == Status.ERROR

    run(work)


def test_without_reconnect_a_broken_websocket_ends_the_link() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web, reconnect=False) as link:
            web.break_sockets()
            with pytest.raises(LinkClosed):
                await link.receive()
            with pytest.raises(LinkClosed):
                await link.send_text("x")

    run(work)


def test_iterating_ends_when_the_node_closes() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web) as link:
            for text in ["one", "two", "bye!"]:
                await link.send_text(text)
            assert [message async for message in link] == ["one", "two"]

    run(work)


def test_reading_stops_while_nobody_receives() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web, maximum_queued=100) as link:
            for _ in range(50):
                await link.send_binary(bytes(60))
            with pytest.raises(LinkTimedOut):
                await link.wait_for(Status.ERROR, timeout=0.05)
            assert link._queued <= 160
            for _ in range(50):
                assert await link.receive() == bytes(60)

    run(work)


def test_complaints_of_the_node_are_told() -> None:
    async def work(web: FakeWeb) -> None:
        complaints: List[str] = []
        async with client(web, on_error=complaints.append) as link:
            await link.send_text("complain!")
            await link.send_text("still there")
            assert await link.receive() == "still there"
            assert complaints == ["as you wish"]
            with pytest.raises(ValueError):
                await link.send_binary(bytes((1 << 20) + 1))

    run(work)


def test_nothing_arriving_in_time_is_told() -> None:
    async def work(web: FakeWeb) -> None:
        async with client(web) as link:
            with pytest.raises(LinkTimedOut):
                await link.receive(timeout=0.01)

    run(work)


def test_wrong_use_is_refused() -> None:
    with pytest.raises(ValueError):
        SRMUDPWebSocketClient("ws://x", "h", 0, KEY)
    with pytest.raises(ValueError):
        SRMUDPWebSocketClient("ftp://x", "h", 1, KEY)
    with pytest.raises(RuntimeError):
        asyncio.run(SRMUDPWebSocketClient("ws://x", "h", 1, KEY).send_text("early"))


def test_the_blocking_twin_does_the_same() -> None:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    web = FakeWeb()
    asyncio.run_coroutine_threadsafe(web.start(), loop).result()
    with BlockingSRMUDPWebSocketClient(web.url, "192.0.2.7", 17_171, KEY) as link:
        link.wait_for(Status.UDP_ESTABLISHED, timeout=10)
        for text in ["one", "two", "bye!"]:
            link.send_text(text)
        assert link.receive(timeout=10) == "one"
        assert list(link) == ["two"]
    with pytest.raises(LinkClosed):
        link.send_text("late")
    asyncio.run_coroutine_threadsafe(web.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()
