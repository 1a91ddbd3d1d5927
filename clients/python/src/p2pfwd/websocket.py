"""Messages over a link, through the web endpoint of a node: for programs without UDP.

The other end is whoever knows the same key; docs/WEB.md describes what is spoken. Needs the package
`websockets` (`pip install p2pfwd[websocket]`).
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import random
import threading
from collections import deque
from dataclasses import dataclass
from types import TracebackType
from typing import (
    Any,
    AsyncIterator,
    Awaitable,
    Callable,
    Deque,
    Dict,
    Iterator,
    Optional,
    Type,
    TypeVar,
    Union,
)
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.protocol import State
from websockets.typing import Subprotocol

from p2pfwd._errors import Error
from p2pfwd._tokens import TokenRefused, TokenSource

__all__ = [
    "BlockingSRMUDPWebSocketClient",
    "LinkClosed",
    "LinkError",
    "LinkRefused",
    "LinkTimedOut",
    "Message",
    "SRMUDPWebSocketClient",
    "Status",
    "StatusReport",
    "TokenRefused",
]

Message = Union[str, bytes]
Result = TypeVar("Result")

_PROXY_PATH = "/v0/ws/proxy"
# The node agrees to this one; the token stands beside it, and is never echoed.
_SUBPROTOCOL = Subprotocol("p2pfwd")
# Close codes after which another attempt would end alike.
_FINAL_CODES = frozenset([1000, 1002, 1003, 1007, 1008, 1009, 1010])
# Bytes that one message may have, and those of its frame: in base64, or as text with escapes.
_MESSAGE_LIMIT = 1 << 20
_FRAME_LIMIT = 8 << 20


class LinkError(Error):
    """A link through the web endpoint failed."""


class LinkClosed(LinkError):
    """The link has ended."""


class LinkRefused(LinkError):
    """The node, or the other end, does not want it."""


class LinkTimedOut(LinkError, TimeoutError):
    """It did not happen in time."""


class Status:
    """What the node says about a link, and `DISCONNECTED`, which the client adds."""

    DISCONNECTED = "DISCONNECTED"
    CONNECTED = "CONNECTED"
    UDP_WAITING = "UDP_WAITING"
    UDP_ESTABLISHED = "UDP_ESTABLISHED"
    RECONNECTING = "RECONNECTING"
    ERROR = "ERROR"


@dataclass(frozen=True)
class StatusReport:
    status: str
    """One of `Status`."""
    message: str
    connection_id: Optional[str] = None


class SRMUDPWebSocketClient:
    """Exchanges messages with the other end of a link.

    Messages arrive whole, once and in order. A lost WebSocket is opened again by itself; what was
    under way when it broke may be lost, which the status RECONNECTING tells.
    """

    def __init__(
        self, url: str, host: str, port: int, key: str, *, token: Optional[str] = None,
        client_id: Optional[str] = None, secrets_in_query: bool = False, reconnect: bool = True,
        minimum_delay: float = 0.5, maximum_delay: float = 30.0, open_timeout: float = 10.0,
        maximum_queued: int = 16 << 20,
        on_status: Optional[Callable[[StatusReport], None]] = None,
        on_error: Optional[Callable[[str], None]] = None,
    ) -> None:
        """`url`: of the node (`ws://localhost:17017`) or of its endpoint; `host` and `port` (UDP)
        of the other end; `key`: the same there. Without a token, one is asked for at the same
        server, which gives it to programs of its own user. `secrets_in_query`: token and key go
        into the URL, for older servers. Delays and timeouts are in seconds; beyond `maximum_queued`
        bytes that nobody has received, reading stops. `on_error` gets what the node complains about
        without ending the link.
        """
        if not 1 <= port <= 65_535:
            raise ValueError(f"port {port} is not in 1...65535")
        self._url = _endpoint(url)
        self._key = key
        self._secrets_in_query = secrets_in_query
        self._query: Dict[str, str] = {"remote_host": host, "remote_port": str(port)}
        if client_id is not None:
            self._query["client_id"] = client_id
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._tokens = TokenSource(self._url, {"links": [place]}, token, open_timeout)
        self._reconnects = reconnect
        self._minimum_delay = minimum_delay
        self._maximum_delay = maximum_delay
        self._open_timeout = open_timeout
        self._maximum_queued = maximum_queued
        self._on_status = on_status
        self._on_error = on_error
        self._report = StatusReport(Status.DISCONNECTED, "not connected")
        self._websocket: Optional[ClientConnection] = None
        self._reading: Optional[asyncio.Task[None]] = None
        self._inbox: Deque[Message] = deque()
        self._queued = 0
        self._failure: Optional[LinkError] = None
        self._end: Optional[LinkError] = None
        self._is_closing = False

    @property
    def status(self) -> str:
        """The last one, of `Status`."""
        return self._report.status

    @property
    def status_message(self) -> str:
        """The sentence that belongs to it."""
        return self._report.message

    @property
    def connection_id(self) -> Optional[str]:
        """The node's name of this link, once it has said it."""
        return self._report.connection_id

    async def connect(self) -> None:
        """Opens the WebSocket; returns when the node has taken the link on."""
        if self._reading or self._end:
            raise RuntimeError("connect() was called before")
        # Made here, where a loop is running.
        self._changed = asyncio.Condition()
        self._sending = asyncio.Lock()
        try:
            self._websocket = await self._open()
        except Error as error:
            await self._finish(error)
            raise
        self._reading = asyncio.create_task(self._run(self._websocket))

    async def send_text(self, text: str) -> None:
        """Sends a mebibyte of UTF-8 at most; returns when there is room for more."""
        _check_length(len(text.encode()))
        await self._send(json.dumps({"type": "data", "format": "text", "data": text}))

    async def send_binary(self, data: bytes) -> None:
        """Sends a mebibyte at most; returns when there is room for more."""
        _check_length(len(data))
        if self._secrets_in_query:
            # Older servers know text frames alone.
            text = base64.b64encode(data).decode()
            await self._send(json.dumps({"type": "data", "format": "binary", "data": text}))
        else:
            await self._send(data)

    async def receive(self, timeout: Optional[float] = None) -> Message:
        """The next message, `str` or `bytes`; what came before the end is given out first."""
        await self._wait(
            lambda: bool(self._inbox) or self._end is not None, timeout, "nothing has arrived")
        if not self._inbox:
            raise self._reason()
        message = self._inbox.popleft()
        self._queued -= len(message)
        await self._notify()
        return message

    async def wait_for(self, status: str, timeout: Optional[float] = None) -> None:
        """Returns when `status` is reached."""
        await self._wait(
            lambda: self.status == status or self._end is not None, timeout,
            f"{status} was not reached")
        if self.status != status:
            raise self._reason()

    async def close(self) -> None:
        """Ends the link; what has arrived can still be received."""
        self._is_closing = True
        if self._reading:
            if self._websocket:
                await self._websocket.close()
            # It may be waiting: for the node to return, or for room in the inbox.
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            await self._finish(None)

    async def __aenter__(self) -> SRMUDPWebSocketClient:
        await self.connect()
        return self

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
        trace: Optional[TracebackType]
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Message after message, until the link is closed."""
        while True:
            try:
                message = await self.receive()
            except LinkClosed:
                if self._failure is None:
                    return
                raise
            yield message

    async def _open(self) -> ClientConnection:
        """An open WebSocket whose link the node has taken on."""
        token = await asyncio.to_thread(self._tokens.get)
        query = dict(self._query)
        if self._secrets_in_query:
            query.update(token=token, encryption_key=self._key)
            protocols = None
        else:
            query["frames"] = "binary"
            protocols = [_SUBPROTOCOL, Subprotocol(f"token.{token}")]
        try:
            websocket = await open_websocket(
                f"{self._url}?{urlencode(query)}", subprotocols=protocols,
                open_timeout=self._open_timeout, max_size=_FRAME_LIMIT)
        except InvalidStatus as error:
            raise self._refusal(error) from None
        except (OSError, WebSocketException) as error:
            raise LinkError(f"no WebSocket to {urlsplit(self._url).netloc}: {error}") from None
        try:
            await asyncio.wait_for(self._introduce(websocket), self._open_timeout)
        except asyncio.TimeoutError:
            await websocket.close()
            raise LinkTimedOut("the node does not answer") from None
        except BaseException:
            await websocket.close()
            raise
        return websocket

    async def _introduce(self, websocket: ClientConnection) -> None:
        """Tells the key, and waits for what the node thinks of it."""
        try:
            if not self._secrets_in_query:
                await websocket.send(json.dumps({"type": "key", "encryption_key": self._key}))
            while True:
                said = _parse(await websocket.recv())
                if said.get("type") == "error":
                    raise LinkRefused(_complaint(said))
                await self._heard(said)
                if self._failure:
                    raise self._failure
                if said.get("type") == "status" and said.get("status") != Status.CONNECTED:
                    return
        except ConnectionClosed as error:
            raise LinkRefused(f"the node closed the link: {error}") from None

    def _refusal(self, error: InvalidStatus) -> Error:
        """The error for an HTTP answer in the place of a WebSocket."""
        response = error.response
        if response.status_code == 401 and not self._tokens.forget():
            return TokenRefused("the node does not accept the token")
        message = _parse(bytes(response.body or b"")).get("detail")
        text = message if isinstance(message, str) else f"the node answered {response.status_code}"
        # A made token that has expired is replaced with the next attempt.
        return LinkError(text) if response.status_code in (401, 429, 503) else LinkRefused(text)

    async def _run(self, websocket: ClientConnection) -> None:
        """Reads for as long as there is something to read, and opens lost WebSockets again."""
        delay = self._minimum_delay
        while True:
            try:
                async for frame in websocket:
                    await self._heard(frame if isinstance(frame, bytes) else _parse(frame))
            except ConnectionClosed:
                pass
            code, reason = websocket.close_code or 1006, websocket.close_reason
            why = reason or f"the WebSocket closed with {code}"
            self._websocket = None
            if self._failure or code in _FINAL_CODES or not self._reconnects or self._is_closing:
                closed = None if code == 1000 else LinkClosed(why)
                await self._finish(self._failure or closed)
                return
            while self._websocket is None:
                await self._tell(StatusReport(Status.RECONNECTING, why, self.connection_id))
                # Half of it at random, so that the clients of a node do not return all at once.
                await asyncio.sleep(delay * (0.5 + random.random() / 2))
                delay = min(delay * 2, self._maximum_delay)
                try:
                    websocket = await self._open()
                except (LinkRefused, TokenRefused) as error:
                    await self._finish(LinkClosed(str(error)))
                    return
                except Error as error:
                    why = str(error)
                else:
                    delay = self._minimum_delay
                    self._websocket = websocket
                    await self._notify()

    async def _heard(self, said: Union[bytes, Dict[str, Any]]) -> None:
        if isinstance(said, bytes):
            await self._deliver(said)
        elif said.get("type") == "data" and isinstance(said.get("data"), str):
            text: str = said["data"]
            if said.get("format") != "binary":
                await self._deliver(text)
            else:
                try:
                    await self._deliver(base64.b64decode(text, validate=True))
                except binascii.Error:
                    raise LinkError("the node sent bytes that are not base64") from None
        elif said.get("type") == "status" and isinstance(said.get("status"), str):
            identity = said.get("connection_id", self.connection_id)
            report = StatusReport(said["status"], str(said.get("message", "")), identity)
            if report.status == Status.ERROR:
                self._failure = LinkRefused(report.message)
            await self._tell(report)
        elif said.get("type") == "error" and self._on_error:
            self._on_error(_complaint(said))

    async def _deliver(self, message: Message) -> None:
        # Reading stops while this waits; so does the node, and in the end the other side.
        await self._wait(lambda: self._queued < self._maximum_queued, None, "")
        self._inbox.append(message)
        self._queued += len(message)
        await self._notify()

    async def _send(self, frame: Message) -> None:
        if not self._reading:
            raise RuntimeError("connect() comes first")
        async with self._sending:
            await self._wait(lambda: self._is_open() or self._end is not None, None, "")
            if self._end or not self._websocket:
                raise self._reason()
            try:
                await self._websocket.send(frame)
            except ConnectionClosed:
                # Nobody knows how far it came: sent again, it might arrive twice.
                pass

    def _is_open(self) -> bool:
        return self._websocket is not None and self._websocket.state is State.OPEN

    async def _tell(self, report: StatusReport) -> None:
        self._report = report
        if self._on_status:
            self._on_status(report)
        await self._notify()

    async def _finish(self, error: Optional[Error]) -> None:
        if self._end:
            return
        self._websocket = None
        self._end = error if isinstance(error, LinkError) else LinkClosed("the link was closed")
        if error:
            self._failure = self._end
        status = Status.ERROR if error else Status.DISCONNECTED
        await self._tell(StatusReport(status, str(error or self._end), self.connection_id))

    def _reason(self) -> LinkError:
        return self._end or LinkClosed("the link was closed")

    async def _notify(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _wait(
        self, condition: Callable[[], bool], timeout: Optional[float], what: str
    ) -> None:
        async def wait() -> None:
            async with self._changed:
                await self._changed.wait_for(condition)

        if condition():
            return
        try:
            await asyncio.wait_for(wait(), timeout)
        except asyncio.TimeoutError:
            raise LinkTimedOut(what) from None


class BlockingSRMUDPWebSocketClient:
    """The same for programs without asyncio: each method returns when it is done.

    A thread does the work. Methods may be called from several threads.
    """

    def __init__(self, url: str, host: str, port: int, key: str, **options: Any) -> None:
        """The parameters are those of `SRMUDPWebSocketClient`."""
        self._client = SRMUDPWebSocketClient(url, host, port, key, **options)
        self._loop = asyncio.new_event_loop()
        self._thread: Optional[threading.Thread] = None

    @property
    def status(self) -> str:
        return self._client.status

    @property
    def status_message(self) -> str:
        return self._client.status_message

    @property
    def connection_id(self) -> Optional[str]:
        return self._client.connection_id

    def connect(self) -> None:
        if self._thread:
            raise RuntimeError("connect() was called before")
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            self._call(self._client.connect())
        except BaseException:
            self.close()
            raise

    def send_text(self, text: str) -> None:
        self._call(self._client.send_text(text))

    def send_binary(self, data: bytes) -> None:
        self._call(self._client.send_binary(data))

    def receive(self, timeout: Optional[float] = None) -> Message:
        return self._call(self._client.receive(timeout))

    def wait_for(self, status: str, timeout: Optional[float] = None) -> None:
        self._call(self._client.wait_for(status, timeout))

    def close(self) -> None:
        if self._thread and self._thread.is_alive():
            self._call(self._client.close())
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    def __enter__(self) -> BlockingSRMUDPWebSocketClient:
        self.connect()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException],
        trace: Optional[TracebackType]
    ) -> None:
        self.close()

    def __iter__(self) -> Iterator[Message]:
        """Message after message, until the link is closed."""
        messages = self._client.__aiter__()
        while True:
            try:
                message = self._call(messages.__anext__())
            except StopAsyncIteration:
                return
            yield message

    def _call(self, work: Awaitable[Result]) -> Result:
        async def wait() -> Result:
            return await work

        if not self._thread or not self._thread.is_alive():
            if asyncio.iscoroutine(work):
                work.close()
            raise LinkClosed("there is no connection")
        return asyncio.run_coroutine_threadsafe(wait(), self._loop).result()


def _endpoint(url: str) -> str:
    """`url` as that of a WebSocket, with the endpoint's path if it has none."""
    parts = urlsplit(url)
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if scheme not in ("ws", "wss") or not parts.netloc:
        raise ValueError(f"'{url}' is not the URL of a node")
    path = _PROXY_PATH if parts.path in ("", "/") else parts.path
    return urlunsplit((scheme, parts.netloc, path, "", ""))


def _check_length(count: int) -> None:
    if count > _MESSAGE_LIMIT:
        raise ValueError(f"a message has {_MESSAGE_LIMIT} bytes at most")


def _complaint(said: Dict[str, Any]) -> str:
    return str(said.get("message", said.get("error", "")))


def _parse(text: Union[str, bytes]) -> Dict[str, Any]:
    """The object; an empty one where it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
