"""A running node."""

from __future__ import annotations

import os
import socket as sockets
from types import TracebackType
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Type, Union

from p2pfwd._connection import Connection, Deadline, Members
from p2pfwd._decoding import decode
from p2pfwd._errors import NodeGone, ProtocolError
from p2pfwd._home import Path, control_socket
from p2pfwd._values import (
    Event,
    Explanation,
    Flow,
    ForwardRequest,
    Group,
    Joined,
    LogLine,
    NodeInfo,
    Peer,
    PingAnswer,
    Session,
    SpeedTest,
    Status,
)


class Node:
    """A connection to a running node, whose methods are those of docs/CONTROL.md.

    It blocks, and is for one thread: give each thread a Node of its own. Forwards that are not
    kept, subscriptions and invitations end with it. Every call raises `NodeError` or one of its
    kinds where the node answers with an error, `NodeGone` where the node ends, and `CallTimedOut`
    after `timeout` seconds.

        with Node() as node:
            print(node.info().version)
    """

    def __init__(
        self,
        home: Optional[Path] = None,
        *,
        socket: Optional[Path] = None,
        timeout: Optional[float] = None,
    ) -> None:
        """Connects to the node of `home` (what `--home` names; else the user's own), or to the
        one that listens at the path `socket`.

        `timeout` is how long a call waits for its answer, in seconds; None: as long as it takes.
        Raises `NodeNotRunning` if nobody listens there.
        """
        if home is not None and socket is not None:
            raise ValueError("give a home or a socket, not both")
        self.path = control_socket(home) if socket is None else os.fspath(socket)
        """Where the node listens."""
        self.timeout = timeout
        self._connection = Connection(self.path, timeout)

    def close(self) -> None:
        """Ends the connection; the node goes on."""
        self._connection.close()

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def call(self, method: str, **parameters: Any) -> Any:
        """Calls any method by its name, for what this class does not have. Parameters that are
        None are left out."""
        return self._call(method, parameters)

    # The node

    def info(self) -> NodeInfo:
        return decode(NodeInfo, self._call("node.info"))

    def status(self, *, flows: bool = False) -> Status:
        """What the node does at this moment, with all its flows if they are asked for."""
        return decode(Status, self._call("node.status", {"flows": flows or None}))

    def stop(self, *, now: bool = False) -> None:
        """Ends the node; `now`: without letting flows finish."""
        self._call("node.stop", {"now": now or None})

    def reload(self) -> List[str]:
        """Has the node read its files again. Nothing changes where one has a mistake.

        Returns the keys of the configuration file whose new values hold from the next start on.
        """
        return list(self._call("node.reload").get("nextStart", []))

    def hand_over(self, program: Optional[Path] = None) -> None:
        """Has the node's process go on with another program, by its absolute path; with the one
        that is installed now if None. This connection ends; an error says that nothing changed."""
        path = None if program is None else os.fspath(program)
        try:
            self._call("node.handover", {"program": path})
        except NodeGone:
            self.close()

    def set_log_level(self, level: str) -> str:
        """Sets what is logged: `error`, `warning`, `info`, `debug` or `trace`.

        Returns the level that was set before."""
        former = _member(self._call("log.level", {"level": level}), "former")
        if not isinstance(former, str):
            raise ProtocolError("the former level is not text")
        return former

    def recent_log(self, lines: Optional[int] = None) -> List[LogLine]:
        return _list(LogLine, self._call("log.recent", {"lines": lines}), "lines")

    # Events

    def subscribe(
        self,
        *topics: str,
        level: Optional[str] = None,
        interval_milliseconds: Optional[int] = None,
    ) -> None:
        """Has the node send events of these topics, which `events` yields.

        `level` is for the topic `log`, `interval_milliseconds` (100 to 60000) for `status`.
        """
        self._call("events.subscribe", {
            "topics": list(topics), "level": level, "intervalMilliseconds": interval_milliseconds})

    def unsubscribe(self, *topics: str) -> None:
        self._call("events.unsubscribe", {"topics": list(topics)})

    def recent_events(self, *topics: str) -> List[Event]:
        """The last events that the node keeps, the oldest first; of all topics if none is named."""
        return _list(
            Event, self._call("events.recent", {"topics": list(topics) or None}), "events")

    def events(self, timeout: Optional[float] = None) -> Iterator[Event]:
        """Yields the events that the node sends to this connection.

        It ends when the node does, or when none has come for `timeout` seconds. Other methods may
        be called meanwhile; events are kept until they are taken.
        """
        while True:
            try:
                event = self.next_event(timeout)
            except NodeGone:
                return
            if event is None:
                return
            yield event

    def next_event(self, timeout: Optional[float] = None) -> Optional[Event]:
        """The next event; None if there is none within `timeout` seconds."""
        members = self._connection.next_event(Deadline(timeout))
        return None if members is None else decode(Event, members, "the event")

    # Peers and pairing

    def peers(self) -> List[Peer]:
        return _list(Peer, self._call("peers.list"), "peers")

    def rename_peer(self, peer: str, to: str) -> None:
        self._call("peers.rename", {"peer": peer, "to": to})

    def remove_peer(self, peer: str) -> None:
        self._call("peers.remove", {"peer": peer})

    def revoke_peer(self, peer: str) -> None:
        """Closes the door to a peer, which stays in the list."""
        self._call("peers.revoke", {"peer": peer})

    def permit(self, peer: str, *arguments: str) -> Dict[str, Any]:
        """Changes what a peer may do, with the words of `p2pfwd permit`; returns its rights."""
        return _object(self._call("peers.permit", {"peer": peer, "arguments": list(arguments)}))

    def invite(
        self,
        name: Optional[str] = None,
        *,
        words: Optional[int] = None,
        expires_seconds: Optional[int] = None,
        uses: Optional[int] = None,
    ) -> str:
        """Begins an invitation and returns its name. The code and all that follows come as events
        of the topic `pair`."""
        invitation = _member(
            self._call("pair.invite", {
                "name": name, "words": words, "expiresSeconds": expires_seconds, "uses": uses}),
            "invitation")
        if not isinstance(invitation, str):
            raise ProtocolError("the invitation is not text")
        return invitation

    def cancel_invitation(self, invitation: str) -> None:
        self._call("pair.cancel", {"invitation": invitation})

    def join(self, code: str, name: Optional[str] = None) -> Joined:
        """Pairs with whoever issued the code; `name` is what the peer is called here."""
        return decode(Joined, self._call("pair.join", {"code": code, "name": name}))

    # Sessions

    def connect(self, peer: str, *, timeout_seconds: Optional[int] = None) -> Session:
        """Connects to a peer, and keeps the session until `disconnect`."""
        result = _object(
            self._call("session.connect", {"peer": peer, "timeoutSeconds": timeout_seconds}))
        return decode(Session, {"peer": peer, "state": "up", **result})

    def disconnect(self, peer: str) -> None:
        self._call("session.disconnect", {"peer": peer})

    def why(self, peer: str, *, timeout_seconds: Optional[int] = None) -> Explanation:
        """Why the path to a peer is as it is."""
        return decode(Explanation, self._call(
            "path.why", {"peer": peer, "timeoutSeconds": timeout_seconds}))

    def ping(
        self,
        peer: str,
        count: Optional[int] = None,
        *,
        timeout_seconds: Optional[int] = None,
        progress: Optional[Callable[[PingAnswer], None]] = None,
    ) -> List[PingAnswer]:
        """Asks a peer for signs of life, one each second; `progress` is called with each answer as
        it comes."""
        answers: List[PingAnswer] = []

        def take(members: Members) -> None:
            answer = decode(PingAnswer, members.get("answer"), "the progress")
            answers.append(answer)
            if progress is not None:
                progress(answer)

        parameters = {"peer": peer, "count": count, "timeoutSeconds": timeout_seconds}
        self._call("path.ping", parameters, take)
        return answers

    def netcheck(self) -> Dict[str, Any]:
        """What the rendezvous servers and the router say, as `p2pfwd netcheck --json` has it."""
        return _object(self._call("path.netcheck"))

    def speed_test(
        self,
        peer: str,
        *,
        seconds: Optional[int] = None,
        direction: Optional[str] = None,
        progress: Optional[Callable[[Members], None]] = None,
    ) -> SpeedTest:
        """Measures the path to a peer, `up`, `down` or `both` for so many `seconds`."""
        result = self._call(
            "path.speedtest", {"peer": peer, "seconds": seconds, "direction": direction}, progress)
        return decode(SpeedTest, result)

    # Forwards and flows

    def add_forwards(
        self,
        peer: str,
        *forwards: ForwardRequest,
        settings: Optional[Mapping[str, str]] = None,
        proxy_users_file: Optional[Path] = None,
        opens_proxy: bool = False,
        keep: bool = False,
        follow: bool = False,
    ) -> Group:
        """Sets forwards to a peer up, all of them or none, and returns when they are.

            node.add_forwards("homebox", local("8080:localhost:80"), dynamic("1080"))

        They end with this connection unless they are to be kept (`keep`). `settings` are those
        that `p2pfwd help settings` lists; `follow` has the events of the group and its peer sent
        here.
        """
        users = None if proxy_users_file is None else os.path.abspath(os.fspath(proxy_users_file))
        return decode(Group, self._call("forward.add", {
            "peer": peer,
            "forwards": [forward.json for forward in forwards],
            "settings": None if settings is None else dict(settings),
            "proxyUsersFile": users,
            "opensProxy": opens_proxy or None,
            "keep": keep or None,
            "follow": follow or None,
        }))

    def groups(self) -> List[Group]:
        return _list(Group, self._call("forward.list"), "groups")

    def follow(self, group: Union[Group, str]) -> Group:
        """Makes a group belong to this connection, and its events come here."""
        claim = group.claim if isinstance(group, Group) else ""
        return decode(Group, self._call(
            "forward.follow", {"group": _group_name(group), "claim": claim or None}))

    def cancel_group(
        self, group: Union[Group, str], *, drain_seconds: Optional[int] = None
    ) -> int:
        """Ends the forwards of a group and returns how many they were.

        Their flows go on to their own ends, or for `drain_seconds`, which are waited for.
        """
        return self._cancel({"group": _group_name(group), "drainSeconds": drain_seconds})

    def cancel_forward(self, forward: str, *, drain_seconds: Optional[int] = None) -> int:
        """Ends one forward, by its name such as `g1.2`."""
        return self._cancel({"forward": forward, "drainSeconds": drain_seconds})

    def cancel_entry(
        self, peer: str, kind: str, entry: str, *, drain_seconds: Optional[int] = None
    ) -> int:
        """Ends one forward as ssh names it: a kind (`local`, `remote`, `dynamic`) and where it
        listens."""
        return self._cancel(
            {"peer": peer, "kind": kind, "entry": entry, "drainSeconds": drain_seconds})

    def open(
        self, peer: str, target: str, *, timeout_seconds: Optional[int] = None
    ) -> sockets.socket:
        """Opens one flow to `target` (`host:port`, or a path) as the peer sees it.

        Returns a socket that carries it, once the peer has connected. It is yours to close, and
        independent of this Node.
        """
        connection = Connection(self.path, self.timeout)
        try:
            number = connection.send("forward.open", _present(
                {"peer": peer, "target": target, "timeoutSeconds": timeout_seconds}))
            return connection.take_socket(number, Deadline(self.timeout))
        except BaseException:
            connection.close()
            raise

    def flows(self, peer: Optional[str] = None) -> List[Flow]:
        return _list(Flow, self._call("flow.list", {"peer": peer}), "flows")

    def close_flow(self, flow: Union[Flow, str]) -> None:
        """Resets a flow."""
        name = flow.flow if isinstance(flow, Flow) else flow
        self._call("flow.close", {"flow": name})

    # Parts

    def _call(
        self,
        method: str,
        parameters: Optional[Mapping[str, Any]] = None,
        progress: Optional[Callable[[Members], None]] = None,
    ) -> Any:
        number = self._connection.send(method, _present(parameters or {}))
        return self._connection.wait_for_answer(number, Deadline(self.timeout), progress)

    def _cancel(self, parameters: Mapping[str, Any]) -> int:
        count = _member(self._call("forward.cancel", parameters), "cancelled")
        if not isinstance(count, int):
            raise ProtocolError("the number of forwards is not a number")
        return count


def _present(parameters: Mapping[str, Any]) -> Members:
    return {name: value for name, value in parameters.items() if value is not None}


def _object(result: Any) -> Members:
    if not isinstance(result, dict):
        raise ProtocolError("the answer is not an object")
    return result


def _member(result: Any, name: str) -> Any:
    return _object(result).get(name)


def _list(kind: Type[Any], result: Any, name: str) -> List[Any]:
    values: Iterable[Any] = _member(result, name)
    if not isinstance(values, list):
        raise ProtocolError(f"the answer has no array {name}")
    return [decode(kind, value, f"{name}[{index}]") for index, value in enumerate(values)]


def _group_name(group: Union[Group, str]) -> str:
    return group.group if isinstance(group, Group) else group
