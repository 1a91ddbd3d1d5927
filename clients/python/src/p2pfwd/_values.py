"""What a node tells, as values. The members are those of docs/CONTROL.md, in snake_case."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Dict, List, Optional


def _rest() -> Any:
    """A field that has all members of the object."""
    return dataclasses.field(default_factory=dict, metadata={"rest": True}, repr=False)


@dataclass(frozen=True)
class NodeInfo:
    """Who a node is."""

    version: str
    protocol: int
    pid: int
    id: str
    address: str
    home: str
    command: str
    label: str
    started: str
    """RFC 3339, in UTC."""
    uptime_seconds: int
    is_kept: bool
    """False: it ends by itself when nobody uses it."""


@dataclass(frozen=True)
class Server:
    """A rendezvous server."""

    name: str
    state: str
    up: bool
    observed: Optional[str] = None
    """Where the server sees the node."""


@dataclass(frozen=True)
class Session:
    """The life with one peer."""

    peer: str
    state: str
    """`up`, `silent` or `connecting`."""
    kind: str = ""
    """`direct`, `relayed`, or empty without a path."""
    path: str = ""
    rtt_microseconds: Optional[int] = None
    minimum_rtt_microseconds: Optional[int] = None
    loss_permille: Optional[int] = None
    bytes_sent: int = 0
    bytes_received: int = 0
    packets_lost: int = 0
    sent_bits_per_second: Optional[int] = None
    received_bits_per_second: Optional[int] = None
    flows: Optional[int] = None
    up_seconds: Optional[int] = None
    why_relayed: Optional[str] = None


@dataclass(frozen=True)
class Forward:
    """One forward of a group."""

    forward: str
    """Its name, such as `g1.1`."""
    kind: str
    """`local`, `remote` or `dynamic`."""
    protocol: str
    state: str
    """`listening`, `waiting` (for the peer) or `failed`."""
    requested: Optional[int] = None
    port: Optional[int] = None
    """The one that is listened at, if it is a port."""
    places: List[str] = dataclasses.field(default_factory=list)
    target: Optional[str] = None
    flows: int = 0
    opened_flows: int = 0
    refused_flows: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0


@dataclass(frozen=True)
class Group:
    """Forwards to one peer that were set up together."""

    group: str
    """Its name, such as `g1`."""
    forwards: List[Forward]
    peer: str = ""
    is_kept: bool = False
    """Whether it outlives the connection that it was asked for on."""
    claim: str = ""
    """Tells it from the group of the same name at another node."""


@dataclass(frozen=True)
class Flow:
    """One connection that is carried to a peer, or for one."""

    flow: str
    peer: str
    request: str
    served: bool
    """Whether the peer opened it."""
    connected: bool = True
    forward: Optional[str] = None
    address: Optional[str] = None
    sent_bytes: int = 0
    received_bytes: int = 0
    age_seconds: int = 0


@dataclass(frozen=True)
class Status:
    """What a node does at this moment."""

    command: str
    pid: int
    id: str
    address: str
    uptime_seconds: int = 0
    servers: List[Server] = dataclasses.field(default_factory=list)
    sessions: List[Session] = dataclasses.field(default_factory=list)
    groups: List[Group] = dataclasses.field(default_factory=list)
    flows: List[Flow] = dataclasses.field(default_factory=list)
    """Empty unless they were asked for."""
    counters: Dict[str, int] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Peer:
    """Somebody whom the node knows."""

    name: str
    id: str
    candidates: List[str] = dataclasses.field(default_factory=list)
    rendezvous: List[str] = dataclasses.field(default_factory=list)
    added: Optional[str] = None
    expires: Optional[str] = None
    members: Dict[str, Any] = _rest()
    """All that the node says, rights included, as `p2pfwd peers --json` has it."""


@dataclass(frozen=True)
class Joined:
    """Whom a pairing code led to."""

    peer: str
    check_phrase: str
    """Both sides show the same, or somebody is between them."""
    offers: Any = None


@dataclass(frozen=True)
class Event:
    """Something that happened in a node."""

    topic: str
    kind: str
    time: str
    text: str
    """The line that people see."""
    members: Dict[str, Any] = _rest()
    """All members, also those that depend on topic and kind."""


@dataclass(frozen=True)
class LogLine:
    time: str
    level: str
    text: str


@dataclass(frozen=True)
class Explanation:
    """Why a path is as it is."""

    explanation: Dict[str, Any]
    """As `p2pfwd why --json` has it."""
    lines: List[str]
    """The same for people."""


@dataclass(frozen=True)
class PingAnswer:
    sequence: int
    kind: str
    path: str
    rtt_microseconds: int
    silent: bool = False
    """The peer does not answer at present; the time is of an earlier answer."""


@dataclass(frozen=True)
class Speed:
    """What was carried in one direction."""

    bytes: int
    seconds: float
    bits_per_second: float


@dataclass(frozen=True)
class SpeedTest:
    up: Optional[Speed] = None
    down: Optional[Speed] = None
    rtt_microseconds: Optional[int] = None
    loaded_rtt_microseconds: Optional[int] = dataclasses.field(
        default=None, metadata={"member": "loadedRTTMicroseconds"})


@dataclass(frozen=True)
class ForwardRequest:
    """A forward as it is asked for; `local`, `remote` and `dynamic` make them."""

    kind: str
    specification: str

    @property
    def json(self) -> Dict[str, str]:
        return {"kind": self.kind, "specification": self.specification}


def local(specification: str) -> ForwardRequest:
    """`[bind:]port:host:hostport` and all else that `-L` takes."""
    return ForwardRequest("local", specification)


def remote(specification: str) -> ForwardRequest:
    """`[bind:]port:host:hostport` and all else that `-R` takes."""
    return ForwardRequest("remote", specification)


def dynamic(specification: str) -> ForwardRequest:
    """`[bind:]port`: a SOCKS and HTTP proxy, as with `-D`."""
    return ForwardRequest("dynamic", specification)
