"""A node that answers at the control socket of a home as a test says (docs/CONTROL.md)."""

import json
import os
import socket
import threading


class FakeNode:
    """`answers` has a result, an exception or a function of the parameters for each method; a call
    of any other method stays without an answer."""

    def __init__(self, home, answers=None):
        self.path = os.path.join(home, "control")
        self.answers = {
            "events.subscribe": {}, "events.unsubscribe": {}, "peers.list": {"peers": []},
            "node.status": {"sessions": [], "groups": [], "flows": []}, **(answers or {})}
        self.calls = []
        self._clients = []
        self._changed = threading.Condition()
        os.chmod(home, 0o700)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.path)
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        os.unlink(self.path)
        for client in self._clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def tell(self, topic, text, **members):
        """Sends an event to all clients."""
        event = {"topic": topic, "kind": "up", "text": text, **members}
        for client in self._clients:
            try:
                self._send(client, method="event", params=event)
            except OSError:
                continue

    def wait_for(self, method, count=1, timeout=15):
        """The parameters of the last call of the method, once it was called `count` times."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.of(method)) >= count, timeout), (
                f"{method} was not called {count} times: {self.calls}")
            return self.of(method)[-1]

    def of(self, method):
        with self._changed:
            return [parameters for name, parameters in self.calls if name == method]

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._clients.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            for line in client.makefile():
                self._answer(client, json.loads(line))
        except OSError:
            # The client went away while it was written to.
            return

    def _answer(self, client, call):
        method, parameters = call["method"], call["params"]
        answer = self.answers.get(method)
        if callable(answer):
            answer = answer(parameters)
        # Whoever sees what came of the answer finds the call, and whoever waits for the call knows
        # that it was answered.
        with self._changed:
            if isinstance(answer, Failure):
                self._send(client, id=call["id"], error=answer.error)
            elif answer is not None:
                self._send(client, id=call["id"], result=answer)
            self.calls.append((method, parameters))
            self._changed.notify_all()

    @staticmethod
    def _send(client, **message):
        client.sendall((json.dumps({"jsonrpc": "2.0", **message}) + "\n").encode())


class Failure:
    """What a call fails with."""

    def __init__(self, code, what, why):
        self.error = {
            "code": code, "message": f"{what}: {why}", "data": {"what": what, "why": why}}
