"""A node of which the test writes every answer."""

from __future__ import annotations

import json
import os
import socket
import threading
from types import TracebackType
from typing import Any, Callable, Dict, List, Optional, Type

Request = Dict[str, Any]


class Client:
    """A client as the fake node sees it."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._file = connection.makefile("rb")

    def request(self) -> Optional[Request]:
        """The next one; None when the client has gone."""
        line = self._file.readline()
        return json.loads(line) if line else None

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def send_json(self, message: Dict[str, Any]) -> None:
        self.send(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def answer(self, request: Request, result: Any) -> None:
        self.send_json({"id": request["id"], "result": result})

    def fail(self, request: Request, code: int, message: str, **data: str) -> None:
        error = {"code": code, "message": message, "data": data}
        self.send_json({"id": request["id"], "error": error})

    def notify(self, method: str, **members: Any) -> None:
        self.send_json({"method": method, "params": members})

    def event(self, topic: str, kind: str, text: str = "", **members: Any) -> None:
        self.notify("event", topic=topic, kind=kind, time="2026-11-26T19:00:00Z", text=text,
                    **members)


class FakeNode:
    """Listens at DIR/control and runs `serve` for each client, in a thread."""

    def __init__(self, home: str, serve: Callable[[Client], None]) -> None:
        self.home = home
        self.requests: List[Request] = []
        """Those that `answering` has seen."""
        self._serve = serve
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(os.path.join(home, "control"))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    @classmethod
    def answering(cls, home: str, **results: Any) -> FakeNode:
        """Answers each method with its result, given as `peers_list=...` for `peers.list`."""

        def serve(client: Client) -> None:
            while (request := client.request()) is not None:
                node.requests.append(request)
                client.answer(request, results[request["method"].replace(".", "_")])

        node = cls(home, serve)
        return node

    def __enter__(self) -> FakeNode:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        # Closing alone would leave the socket listening until the waiting thread returns.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._serve(Client(connection))
            except OSError:
                pass
