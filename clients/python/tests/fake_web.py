"""The web endpoint of a node that the test writes: tokens, and links that end in an echo."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Dict, List, Optional, Set

from aiohttp import WSCloseCode, WSMsgType, web


class FakeWeb:
    def __init__(self) -> None:
        self.token_requests: List[Any] = []
        self.opened: List[Dict[str, str]] = []
        """The queries of the WebSockets."""
        self.protocols: List[str] = []
        """What `Sec-WebSocket-Protocol` said."""
        self.texts: List[Dict[str, Any]] = []
        self.makes_tokens_by_put = True
        self.refuses_tokens = False
        self.port = 0
        self._tokens: Set[str] = set()
        self._sockets: Set[web.WebSocketResponse] = set()
        self._runner: Optional[web.AppRunner] = None

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    async def __aenter__(self) -> FakeWeb:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        application = web.Application()
        application.router.add_route("*", "/v0/token", self._make)
        application.router.add_get("/v0/ws/proxy", self._proxy)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        self.break_sockets()
        if self._runner:
            await self._runner.cleanup()

    def break_sockets(self) -> None:
        """As when the network fails."""
        for socket in list(self._sockets):
            transport = socket._req.transport if socket._req else None
            if transport:
                transport.abort()

    def forget_tokens(self) -> None:
        self._tokens.clear()

    async def _make(self, request: web.Request) -> web.Response:
        if self.refuses_tokens:
            return web.json_response({"detail": "not for you"}, status=403)
        if (request.method == "PUT") != self.makes_tokens_by_put:
            return web.json_response({}, status=405)
        self.token_requests.append(await request.json() if request.can_read_body else None)
        token = f"token-{len(self.token_requests)}"
        self._tokens.add(token)
        return web.json_response({"token": token})

    async def _proxy(self, request: web.Request) -> web.StreamResponse:
        offered = request.headers.get("Sec-WebSocket-Protocol", "")
        words = [word.strip() for word in offered.split(",")]
        token = next((word[6:] for word in words if word.startswith("token.")), None)
        if (token or request.query.get("token")) not in self._tokens:
            return web.json_response({"detail": "this needs a token that is valid"}, status=401)
        self.opened.append(dict(request.query))
        self.protocols.append(offered)
        socket = web.WebSocketResponse(protocols=["p2pfwd"], max_msg_size=0)
        await socket.prepare(request)
        self._sockets.add(socket)
        try:
            await self._link(socket, request.query.get("encryption_key"))
        except ConnectionError:
            pass
        finally:
            self._sockets.discard(socket)
        return socket

    async def _link(self, socket: web.WebSocketResponse, key: Optional[str]) -> None:
        await self._say(socket, "CONNECTED")
        if key:
            await self._open(socket, key)
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                await socket.send_bytes(message.data)
                continue
            said = json.loads(message.data)
            self.texts.append(said)
            if said["type"] == "key":
                await self._open(socket, said["encryption_key"])
            elif said["data"] == "fail!":
                await self._say(socket, "ERROR", "the link has failed")
                await socket.close(code=WSCloseCode.INTERNAL_ERROR)
            elif said["data"] == "complain!":
                await socket.send_json({"type": "error", "message": "as you wish"})
            elif said["data"] == "bye!":
                await socket.close()
            else:
                await socket.send_str(message.data)

    async def _open(self, socket: web.WebSocketResponse, key: str) -> None:
        if len(key) < 8:
            await socket.send_json({"type": "error", "message": "the key is too short"})
            await socket.close(code=WSCloseCode.POLICY_VIOLATION)
            return
        await self._say(socket, "UDP_WAITING")
        await asyncio.sleep(0)
        await self._say(socket, "UDP_ESTABLISHED")

    @staticmethod
    async def _say(socket: web.WebSocketResponse, status: str, message: str = "") -> None:
        await socket.send_json({
            "type": "status", "status": status, "message": message, "connection_id": "c"})
