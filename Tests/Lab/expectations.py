"""Which way each pair of NAT kinds should end on."""

import enum
from dataclasses import dataclass

from nat import KINDS, Group


class Way(enum.IntEnum):
    """How the datagrams of a session travel; the higher, the less welcome."""

    DIRECT = 1
    RELAY = 2
    WEBSOCKET = 3

    def __str__(self):
        return self.name.lower()


# D: direct. R: by the relay. W: by the relay, which the blocked side reaches in a WebSocket.
# P: direct by port prediction, else by the relay. Which side serves makes no difference.
_MATRIX = """
        O   EIF ADF PR  SQ  SR  UB
    O   D   D   D   D   D   D   W
    EIF D   D   D   D   D   D   W
    ADF D   D   D   D   D   D   W
    PR  D   D   D   D   P   P   W
    SQ  D   D   D   P   P   R   W
    SR  D   D   D   P   R   R   W
    UB  W   W   W   W   W   W   W
"""
_LETTERS = {
    "D": frozenset([Way.DIRECT]),
    "R": frozenset([Way.RELAY]),
    "W": frozenset([Way.WEBSOCKET]),
    "P": frozenset([Way.DIRECT, Way.RELAY]),
}


def _read_matrix():
    head, *rows = (line.split() for line in _MATRIX.strip().splitlines())
    return {(Group(row[0]), Group(column)): _LETTERS[letter]
            for row in rows for column, letter in zip(head, row[1:])}


_WAYS = _read_matrix()


@dataclass(frozen=True)
class Cell:
    """`a` serves, `b` connects; in the shapes with one house, both are its kind."""

    a: str
    b: str
    shape: str = "apart"

    @property
    def accepted(self):
        """The ways that are right."""
        if self.shape == "same-lan":
            return _LETTERS["D"]
        if self.shape == "same-nat":
            return _LETTERS["D" if self.a == "hairpin" else "R"]
        kinds = KINDS[self.a], KINDS[self.b]
        if all(kind.has_ipv6 for kind in kinds):
            return _LETTERS["D"]
        return _WAYS[kinds[0].group, kinds[1].group]

    @property
    def expectation(self):
        return " or ".join(map(str, sorted(self.accepted)))

    def __str__(self):
        place = "" if self.shape == "apart" else f" ({self.shape})"
        return f"{self.a} x {self.b}{place}"


# A mapped port is as good as a filter that lets everybody in, for who asks for it.
MAPPED_CELLS = (Cell("mapped", "sr"), Cell("sr", "mapped"), Cell("mapped", "mapped"),
                Cell("upnp", "sr"), Cell("sr", "upnp"))

SIDE_CELLS = (
    Cell("port", "port", "same-lan"),
    Cell("hairpin", "hairpin", "same-nat"),
    Cell("port", "port", "same-nat"),
)

# One cell for each idea; all that a change is likely to break.
CORE = (
    Cell("none", "port"),
    Cell("eif", "sr"),
    Cell("adf", "adf"),
    Cell("sr", "adf"),
    Cell("port", "port"),
    Cell("linuxopen", "port"),
    Cell("linuxopen", "linuxopen"),
    Cell("port", "double"),
    Cell("port", "sq"),
    Cell("sr", "port"),
    Cell("sr", "sr"),
    Cell("udpblock", "port"),
    Cell("sr", "tcp443"),
    Cell("ipv6fw", "ipv6fw"),
    *SIDE_CELLS,
    Cell("mapped", "sr"),
    Cell("sr", "mapped"),
)


def all_cells():
    """Every kind against every kind, in both roles."""
    kinds = [name for name in KINDS if name not in ("hairpin", "mapped", "upnp")]
    return tuple(Cell(a, b) for a in kinds for b in kinds) + SIDE_CELLS + MAPPED_CELLS
