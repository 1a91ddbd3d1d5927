"""The kinds of NAT in the lab, as rules for nftables, with what RFC 4787 calls them.

A box has the device `wan` towards the internet and bridges `lan`, `lan1`... towards its clients.
The classes written here are expectations; test_nat_kinds.py measures each of them by coturn's
client and server.
"""

import enum
from dataclasses import dataclass


class Behaviour(enum.Enum):
    """Of mapping or filtering (RFC 4787, sections 4.1 and 5)."""

    ENDPOINT_INDEPENDENT = "endpoint-independent"
    ADDRESS_DEPENDENT = "address-dependent"
    ADDRESS_AND_PORT_DEPENDENT = "address and port-dependent"


class Group(enum.Enum):
    """How a kind counts in the matrix of expectations."""

    OPEN = "O"
    FREE_FILTER = "EIF"
    ADDRESS_FILTER = "ADF"
    PORT_FILTER = "PR"
    SEQUENTIAL = "SQ"
    RANDOM = "SR"
    BLOCKED = "UB"


@dataclass(frozen=True)
class NatKind:
    name: str
    summary: str
    group: Group
    rules: str
    # None: no UDP gets through.
    mapping: Behaviour | None
    filtering: Behaviour | None
    keeps_port: bool = True
    translates: bool = True
    # Rules of a second box between the first one and the internet.
    outer_rules: str | None = None
    has_ipv4: bool = True
    has_ipv6: bool = False
    # None: all.
    tcp_ports: tuple[int, ...] | None = None
    # Whether `House.rebind` can give its mappings other ports.
    can_rebind: bool = False
    # What it opens ports by: "pcp" (and NAT-PMP), "upnp" or nothing.
    port_mapping: str | None = None

    @property
    def maps_ports(self):
        return self.port_mapping is not None


def _chains(outgoing, incoming="", learning="", forwarding="", has_input_firewall=True):
    closed = 'iifname "wan" drop' if has_input_firewall else ""
    return f"""
    table ip box {{
        map back {{
            type inet_service : ipv4_addr
            flags dynamic,timeout
            timeout 5m
            size 4096
        }}
        set contacted {{
            type inet_service . ipv4_addr
            flags dynamic,timeout
            timeout 5m
            size 4096
        }}
        map moved {{
            type inet_service : inet_service
        }}
        chain firewall {{
            type filter hook input priority filter; policy accept;
            iifname "wan" ct state established,related accept
            {closed}
        }}
        chain forwarding {{
            type filter hook forward priority filter; policy accept;
            ct state established,related accept
            iifname "wan" ct status dnat accept
            iifname "wan" drop
            iifname "lan*" oifname "lan*" ct status dnat accept
            iifname "lan*" oifname "lan*" drop
            {forwarding}
        }}
        chain learning {{
            type filter hook forward priority mangle; policy accept;
            {learning}
        }}
        chain incoming {{
            type nat hook prerouting priority dstnat; policy accept;
            {incoming}
        }}
        chain outgoing {{
            type nat hook postrouting priority srcnat; policy accept;
            {outgoing}
        }}
    }}
    """


_MASQUERADE = """
            oifname "wan" udp sport @moved masquerade to :udp sport map @moved
            oifname "wan" masquerade
"""

# masquerade keeps the port of the client, so that the port in an arriving packet is the client's.
_LEARN_CLIENTS = 'oifname "wan" update @back { udp sport : ip saddr }'
_LEARN_CONTACTS = _LEARN_CLIENTS + """
            oifname "wan" update @contacted { udp sport . ip daddr }
"""

_SEQUENTIAL_PORTS = ", ".join(f"{index} : {40000 + index}" for index in range(4000))
_SEQUENTIAL = f"""
            oifname "wan" ip protocol udp masquerade to :numgen inc mod 4000 map {{ \
{_SEQUENTIAL_PORTS} }}
            oifname "wan" masquerade
"""

# To the box's own public address from inside, and back inside: with the public source address, as
# RFC 4787 section 6 wants it.
_HAIRPIN_IN = 'iifname "lan*" fib daddr type local dnat to udp dport map @back'
_HAIRPIN_OUT = """
            iifname "lan*" oifname "lan*" ct status dnat snat to 45.67.2.2
"""

_FIREWALL_IPV6 = """
    table ip6 box {
        chain forwarding {
            type filter hook forward priority filter; policy accept;
            ct state established,related accept
            iifname "wan" meta l4proto ipv6-icmp accept
            iifname "wan" drop
        }
    }
"""

# Where miniupnpd writes its rules, and what it is told.
PORT_MAPPER_RULES = """
    table inet mapper {
        chain open {
        }
        chain translate {
        }
        chain untranslate {
        }
        chain forwarding {
            type filter hook forward priority filter; policy accept;
            jump open
        }
        chain incoming {
            type nat hook prerouting priority dstnat; policy accept;
            jump translate
        }
        chain outgoing {
            type nat hook postrouting priority srcnat - 1; policy accept;
            jump untranslate
        }
    }
"""
PORT_MAPPER_CONFIGURATION = """
ext_ifname=wan
listening_ip=lan0
enable_natpmp={pcp}
enable_upnp={upnp}
uuid=70327066-7764-4c61-8662-000000000001
secure_mode=yes
min_lifetime=120
max_lifetime=86400
upnp_table_name=mapper
upnp_nat_table_name=mapper
upnp_forward_chain=open
upnp_nat_chain=translate
upnp_nat_postrouting_chain=untranslate
"""

_INDEPENDENT = Behaviour.ENDPOINT_INDEPENDENT
_BY_ADDRESS = Behaviour.ADDRESS_DEPENDENT
_BY_PORT = Behaviour.ADDRESS_AND_PORT_DEPENDENT

PORT_RESTRICTED = _chains(_MASQUERADE)

KINDS = {kind.name: kind for kind in [
    NatKind(
        "none", "public addresses behind a router without any firewall", Group.OPEN,
        rules="", mapping=_INDEPENDENT, filtering=_INDEPENDENT, translates=False),
    NatKind(
        "eif", "endpoint-independent mapping and filtering", Group.FREE_FILTER,
        rules=_chains(_MASQUERADE, incoming='iifname "wan" dnat to udp dport map @back',
                      learning=_LEARN_CLIENTS),
        mapping=_INDEPENDENT, filtering=_INDEPENDENT),
    NatKind(
        "adf", "endpoint-independent mapping, address-dependent filtering", Group.ADDRESS_FILTER,
        rules=_chains(
            _MASQUERADE, learning=_LEARN_CONTACTS,
            incoming='iifname "wan" udp dport . ip saddr @contacted dnat to udp dport map @back'),
        mapping=_INDEPENDENT, filtering=_BY_ADDRESS),
    NatKind(
        "port", "port-restricted: masquerade behind a firewall", Group.PORT_FILTER,
        rules=PORT_RESTRICTED, mapping=_INDEPENDENT, filtering=_BY_PORT, can_rebind=True),
    NatKind(
        "linuxopen", "masquerade without a firewall: an early packet from outside takes the port",
        Group.PORT_FILTER, rules=_chains(_MASQUERADE, has_input_firewall=False),
        mapping=_INDEPENDENT, filtering=_BY_PORT, can_rebind=True),
    NatKind(
        "sq", "symmetric, ports in sequence", Group.SEQUENTIAL, rules=_chains(_SEQUENTIAL),
        mapping=_BY_PORT, filtering=_BY_PORT, keeps_port=False, can_rebind=True),
    NatKind(
        "sr", "symmetric, random ports", Group.RANDOM,
        rules=_chains('oifname "wan" masquerade fully-random'),
        mapping=_BY_PORT, filtering=_BY_PORT, keeps_port=False, can_rebind=True),
    NatKind(
        "double", "port-restricted behind a port-restricted one of the provider",
        Group.PORT_FILTER, rules=PORT_RESTRICTED, outer_rules=PORT_RESTRICTED,
        mapping=_INDEPENDENT, filtering=_BY_PORT),
    NatKind(
        "udpblock", "masquerade for TCP, nothing else", Group.BLOCKED,
        rules=_chains(_MASQUERADE, forwarding='oifname "wan" ip protocol != tcp drop'),
        mapping=None, filtering=None, keeps_port=False),
    NatKind(
        "tcp443", "masquerade for TCP to port 443, nothing else", Group.BLOCKED,
        rules=_chains(_MASQUERADE, forwarding='oifname "wan" tcp dport != 443 drop\n'
                      'oifname "wan" ip protocol != tcp drop'),
        mapping=None, filtering=None, keeps_port=False, tcp_ports=(443,)),
    NatKind(
        "ipv6fw", "IPv6 behind a stateful firewall; IPv4 behind a symmetric NAT", Group.RANDOM,
        rules=_chains('oifname "wan" masquerade fully-random') + _FIREWALL_IPV6,
        mapping=_BY_PORT, filtering=_BY_PORT, keeps_port=False, has_ipv6=True),
    NatKind(
        "mapped", "symmetric, random ports; opens ports by PCP and NAT-PMP", Group.FREE_FILTER,
        rules=_chains('oifname "wan" masquerade fully-random'),
        mapping=_BY_PORT, filtering=_BY_PORT, keeps_port=False, port_mapping="pcp"),
    NatKind(
        "upnp", "symmetric, random ports; opens ports by UPnP alone", Group.FREE_FILTER,
        rules=_chains('oifname "wan" masquerade fully-random'),
        mapping=_BY_PORT, filtering=_BY_PORT, keeps_port=False, port_mapping="upnp"),
    NatKind(
        "hairpin", "endpoint-independent mapping with hairpinning; its two LANs are kept apart",
        Group.PORT_FILTER,
        rules=_chains(_HAIRPIN_OUT + _MASQUERADE, incoming=_HAIRPIN_IN, learning=_LEARN_CLIENTS),
        mapping=_INDEPENDENT, filtering=_BY_PORT),
]}
