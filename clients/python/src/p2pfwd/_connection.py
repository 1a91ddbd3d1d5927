"""JSON-RPC 2.0 on lines over a UNIX socket (docs/CONTROL.md, section 1)."""

from __future__ import annotations

import collections
import json
import os
import socket
import struct
import time
from typing import Any, Callable, Deque, Dict, Mapping, NoReturn, Optional, Set

from p2pfwd._errors import (
    CallTimedOut,
    Error,
    NodeError,
    NodeGone,
    NodeNotRunning,
    ProtocolError,
)
from p2pfwd._home import LONGEST_PATH

LONGEST_REQUEST = 65_536
LONGEST_ANSWER = 64 << 20
# Events that nobody has asked for yet; a node sends hundreds in a second at most.
MOST_EVENTS = 100_000

Members = Dict[str, Any]
Progress = Callable[[Members], None]


class Deadline:
    """A moment after which one does not wait; never, if it is made of None."""

    def __init__(self, seconds: Optional[float]) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    @property
    def seconds_left(self) -> Optional[float]:
        """At least 0; None for never."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())


class Connection:
    """One connection to a node. It is not to be used by two threads at a time."""

    def __init__(self, path: str, timeout: Optional[float]) -> None:
        self.socket = _connect(path, timeout)
        self._events: Deque[Members] = collections.deque()
        self._received = bytearray()
        self._searched = 0
        self._next_id = 1
        # Calls that were not answered yet, those among them that nobody waits for any more, and
        # answers that came while another call was waited for.
        self._open: Set[int] = set()
        self._abandoned: Set[int] = set()
        self._answers: Dict[int, Members] = {}
        self._progress: Dict[int, Progress] = {}
        self._refusal: Optional[Error] = None

    def close(self) -> None:
        self.socket.close()

    # Calls

    def send(self, method: str, parameters: Mapping[str, Any]) -> int:
        """Sends a request; returns the number that the answer will have."""
        number = self._next_id
        line = json.dumps(
            {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters},
            ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if len(line) > LONGEST_REQUEST:
            raise ValueError(f"a request has {LONGEST_REQUEST} bytes at most, not {len(line)}")
        self._next_id += 1
        self._open.add(number)
        self.socket.settimeout(None)
        try:
            self.socket.sendall(line + b"\n")
        except ConnectionError:
            # The node may have said why it closed the connection: reading tells.
            pass
        except OSError as error:
            raise NodeGone(f"the connection to the node is gone: {error}") from error
        return number

    def wait_for_answer(
        self, number: int, deadline: Deadline, progress: Optional[Progress] = None
    ) -> Any:
        """The result of a call. Events that come before it are kept; what is told of the call
        itself goes to `progress`."""
        if progress is not None:
            self._progress[number] = progress
        try:
            while number not in self._answers:
                self._take(self._next_line(deadline))
        except BaseException:
            self._abandoned.add(number)
            raise
        finally:
            self._progress.pop(number, None)
        return _result(self._answers.pop(number))

    def next_event(self, deadline: Deadline) -> Optional[Members]:
        """The oldest one that was not taken yet; None if none comes in time."""
        while not self._events:
            try:
                self._take(self._next_line(deadline))
            except CallTimedOut:
                return None
        return self._events.popleft()

    # Lines

    def _take(self, line: bytes) -> None:
        message = _message(line)
        if "method" in message:
            self._take_notification(message["method"], message.get("params"))
            return
        number = message.get("id")
        if number is None and "error" in message:
            # It is about the connection as a whole, which ends after it.
            self._refusal = NodeError.from_json(message["error"])
            return
        if not isinstance(number, int) or isinstance(number, bool) or number not in self._open:
            raise ProtocolError("the node answered a call that was not made")
        self._open.remove(number)
        if number in self._abandoned:
            self._abandoned.remove(number)
        else:
            self._answers[number] = message

    def _take_notification(self, method: object, members: object) -> None:
        if not isinstance(method, str) or not isinstance(members, dict):
            raise ProtocolError("the node sent a broken notification")
        if method == "progress":
            call = members.get("call")
            if isinstance(call, int) and call in self._progress:
                self._progress[call](members)
        elif method == "event":
            if len(self._events) >= MOST_EVENTS:
                self.close()
                raise NodeGone("too many events were left unread")
            self._events.append(members)

    def _next_line(self, deadline: Deadline) -> bytes:
        while True:
            end = self._received.find(b"\n", self._searched)
            if end >= 0:
                line = bytes(self._received[:end])
                del self._received[: end + 1]
                self._searched = 0
                return line
            self._searched = len(self._received)
            if self._searched > LONGEST_ANSWER:
                raise ProtocolError(f"the node sent more than {LONGEST_ANSWER} bytes in one line")
            self._received += self._receive(deadline, 65_536)

    def _receive(self, deadline: Deadline, count: int) -> bytes:
        # A timeout of 0 would make the socket non-blocking, which raises another error.
        left = deadline.seconds_left
        try:
            self.socket.settimeout(None if left is None else max(left, 0.000_001))
            received = self.socket.recv(count)
        except socket.timeout:
            raise CallTimedOut("the node did not answer in time") from None
        except ConnectionError as error:
            self._raise_gone(error)
        except OSError as error:
            raise NodeGone(f"the connection to the node is gone: {error}") from error
        if not received:
            self._raise_gone(None)
        return received

    def _raise_gone(self, cause: Optional[OSError]) -> NoReturn:
        if self._refusal is not None:
            raise self._refusal
        raise NodeGone("the node has closed the connection") from cause

    # Handing over

    def take_socket(self, number: int, deadline: Deadline) -> socket.socket:
        """Waits for the answer to a call, and gives the socket away with all that follows it."""
        line = bytearray()
        # One byte at a time, what follows the answer stays in the socket. The answer is short.
        while not line.endswith(b"\n"):
            line += self._receive(deadline, 1)
            if len(line) > LONGEST_REQUEST:
                raise ProtocolError("the node sent too long an answer")
        self._take(bytes(line[:-1]))
        if number not in self._answers:
            if self._refusal is not None:
                raise self._refusal
            raise ProtocolError("the node answered another call")
        _result(self._answers.pop(number))
        self.socket.settimeout(None)
        return self.socket


def _connect(path: str, timeout: Optional[float]) -> socket.socket:
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ValueError(f"{path}: the path of a socket has at most {LONGEST_PATH} bytes")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
        # Whoever could put a socket of his own there would be told everything.
        credentials = connection.getsockopt(
            socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        _, user, _ = struct.unpack("3i", credentials)
        if user != os.geteuid():
            raise NodeNotRunning(f"{path}: it belongs to another user")
    except OSError as error:
        connection.close()
        raise NodeNotRunning(f"{path}: no node answers there: {error.strerror}") from error
    except BaseException:
        connection.close()
        raise
    return connection


def _message(line: bytes) -> Dict[str, Any]:
    try:
        message = json.loads(line.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"the node sent what is not JSON: {error}") from error
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise ProtocolError("the node sent what is not JSON-RPC 2.0")
    return message


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")


def _result(message: Mapping[str, Any]) -> Any:
    if "error" in message:
        raise NodeError.from_json(message["error"])
    if "result" not in message:
        raise ProtocolError("an answer has neither a result nor an error")
    return message["result"]
