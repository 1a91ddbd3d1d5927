"""A small internet: two households behind NATs, a router between them, and a server.

    client A - [box A] - router - [box B] - client B
                           |
                         server

Every arrow is a hop, so that a packet with a TTL of 2 from a client opens its own NAT and dies in
the router. The access line of a house is a veth pair or the project's link emulator.
"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Bench"))

from namespaces import NamespaceGroup, check, within
from nat import KINDS, PORT_MAPPER_CONFIGURATION, PORT_MAPPER_RULES, NatKind
from node import find_program
from processes import Child

SERVER = "198.51.100.10"
SERVER_ALTERNATE = "198.51.100.11"
SERVER_IPV6 = "2001:db8:c::10"
# Not addresses for documentation: miniupnpd opens no ports where it takes its own for private.
PUBLIC_NETWORKS = ("45.67.2", "45.67.113")


class House:
    """A box with its clients; everything it knows about addresses follows from its number."""

    def __init__(self, world, number, kind: NatKind, lans):
        self.world, self.number, self.kind = world, number, kind
        self.letter = "abc"[number]
        self.network = PUBLIC_NETWORKS[number]
        self.gateway, self.public = f"{self.network}.1", f"{self.network}.2"
        self.box = world.group.add(f"box{self.letter}")
        self.impairer = self.port_mapper = None
        self._moves = 0
        # The box that faces the internet; another one behind a double NAT.
        self.edge = world.group.add(f"edge{self.letter}") if kind.outer_rules else self.box
        self._join_internet()
        if kind.outer_rules:
            self._join_boxes()
        self._rule(self.box, kind.rules)
        self.client_addresses = []
        self.clients = [self._add_client(lan, host) for lan, host in lans]
        if kind.maps_ports:
            self.port_mapper = self.start_port_mapper()

    def lan_network(self, lan):
        """Public addresses where nothing translates, private ones elsewhere."""
        if not self.kind.translates:
            return f"{self.network}.128"
        return f"192.168.{self.number * 10 + lan + 1}.0"

    def _join_internet(self):
        inner, outer = f"w{self.world.tag}{self.letter}", f"i{self.world.tag}{self.letter}"
        options = self.world.line
        if options is None:
            check(["ip", "link", "add", inner, "type", "veth", "peer", "name", outer])
        else:
            words = [find_program("impairer"), "tun", "--first", inner, "--second", outer,
                     "--end-with-input"]
            for name, value in options.items():
                words += [f"--{name}", value]
            self.impairer = Child(words, name=f"impairer {self.letter}")
            self.impairer.output.wait_for("^created", 10)
        check(["ip", "link", "set", inner, "netns", self.edge, "name", "wan"])
        check(["ip", "link", "set", outer, "netns", self.world.router])
        prefix6 = f"2001:db8:{self.letter}"
        routes = f"ip -6 route add {prefix6}:1::/64 via {prefix6}::2 dev {outer}\n"
        if not self.kind.translates:
            lan = self.lan_network(0)
            routes += f"ip route add {lan}/25 via {self.public} dev {outer}\n"
        self.world.group.script(self.world.router, f"""
            ip addr add {self.gateway}/25 dev {outer}
            ip -6 addr add {prefix6}::1/64 dev {outer} nodad
            ip link set {outer} up
            {routes}""")
        self.world.group.script(self.edge, f"""
            {_FORWARDING}
            ip addr add {self.public}/25 dev wan
            ip -6 addr add {prefix6}::2/64 dev wan nodad
            ip link set wan up
            ip route add default via {self.gateway}
            ip -6 route add default via {prefix6}::1""")

    def _join_boxes(self):
        self._rule(self.edge, self.kind.outer_rules)
        network = f"100.64.{self.number + 1}"
        check(["ip", "link", "add", "wan", "netns", self.box, "type", "veth",
               "peer", "name", "lan", "netns", self.edge])
        self.world.group.script(self.edge, f"""
            ip addr add {network}.1/24 dev lan
            ip link set lan up""")
        self.world.group.script(self.box, f"""
            {_FORWARDING}
            ip addr add {network}.2/24 dev wan
            ip link set wan up
            ip route add default via {network}.1""")

    def _rule(self, namespace, rules):
        if rules:
            check(within(namespace, "nft", "-f", "-"), rules)

    def _add_client(self, lan, host):
        name = self.world.group.add(f"client{self.letter}{lan}{host}")
        bridge = f"lan{lan}"
        port = f"p{lan}x{host}"
        network = self.lan_network(lan).rsplit(".", 1)[0]
        # Where the kernel can, it would filter what one client says to another on their bridge.
        bridge_filter = "/proc/sys/net/bridge/bridge-nf-call-iptables"
        first = 129 if not self.kind.translates else 1
        length = 25 if not self.kind.translates else 24
        check(["ip", "link", "add", "eth0", "netns", name, "type", "veth",
               "peer", "name", port, "netns", self.box])
        prefix6 = f"2001:db8:{self.letter}:1"
        self.world.group.script(self.box, f"""
            if [ -e {bridge_filter} ]; then echo 0 > {bridge_filter}; fi
            if ! ip link show {bridge} >/dev/null 2>&1; then
                ip link add {bridge} type bridge mcast_snooping 0
                ip addr add {network}.{first}/{length} dev {bridge}
                ip -6 addr add {prefix6}::1/64 dev {bridge} nodad
                ip link set {bridge} up
            fi
            ip link set {port} master {bridge}
            ip link set {port} up""")
        address = f"{network}.{first + host}"
        self.client_addresses.append(address)
        script = f"""
            ip addr add {address}/{length} dev eth0
            ip link set eth0 up
            ip route add default via {network}.{first}
            """
        if self.kind.has_ipv6:
            script += f"""
            ip -6 addr add {prefix6}::{host}/64 dev eth0 nodad
            ip -6 route add default via {prefix6}::1
            """
        else:
            script = "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6\n" + script
        self.world.group.script(name, script)
        return name

    def start_port_mapper(self):
        """miniupnpd, which opens ports by PCP and NAT-PMP, or by UPnP."""
        self._rule(self.box, PORT_MAPPER_RULES)
        # It deletes the file of its process ID at the end, whatever that is: never a device.
        configuration = os.path.join(self.world.group.folder, f"mapper{self.letter}.conf")
        process_file = os.path.join(self.world.group.folder, f"mapper{self.letter}.pid")
        with open(configuration, "w") as file:
            file.write(PORT_MAPPER_CONFIGURATION.format(
                **{name: "yes" if name == self.kind.port_mapping else "no"
                   for name in ("pcp", "upnp")}))
        child = Child(["miniupnpd", "-d", "-f", configuration, "-P", process_file],
                      namespace=self.box)
        is_upnp = self.kind.port_mapping == "upnp"
        child.errors.wait_for("HTTP listening" if is_upnp else "Listening for NAT-PMP/PCP", 10)
        return child

    # What happens to a house.

    def rebind(self):
        """A restart of the NAT: its table is empty, and every mapping gets another port."""
        if not self.kind.can_rebind:
            raise ValueError(f"{self.kind.name} cannot rebind")
        if self.kind.keeps_port:
            self._move_ports()
        check(within(self.box, "conntrack", "-F"))

    def _move_ports(self):
        self._moves += 1
        listing = check(within(self.box, "conntrack", "-L", "-p", "udp", "-o", "extended"))
        ports = {word.removeprefix("sport=") for line in listing.splitlines()
                 for word in line.split() if word.startswith("sport=")}
        moved = ", ".join(f"{port} : {20000 + (int(port) * 7 + self._moves * 101) % 40000}"
                          for port in sorted(ports))
        if moved:
            check(within(self.box, "nft", "-f", "-"),
                  f"flush map ip box moved\nadd element ip box moved {{ {moved} }}\n")

    def change_public_address(self, host):
        """The provider gives the house another address; the old one is gone."""
        old, self.public = self.public, f"{self.network}.{host}"
        self.world.group.script(self.edge, f"""
            ip addr del {old}/25 dev wan
            ip addr add {self.public}/25 dev wan
            ip route replace default via {self.gateway} dev wan
            conntrack -F""")

    def set_line(self, is_up):
        """Cuts the access line, or mends it; the clients do not see it on their devices."""
        rules = "add table netdev cut\ndelete table netdev cut\n"
        if not is_up:
            rules += """
                table netdev cut {
                    chain incoming {
                        type filter hook ingress device "wan" priority -500; policy drop;
                    }
                    chain outgoing {
                        type filter hook egress device "wan" priority -500; policy drop;
                    }
                }"""
        check(within(self.edge, "nft", "-f", "-"), rules)

    def set_udp(self, is_allowed):
        """Blocks all UDP at once, also of flows that exist, or allows it again."""
        rules = "add table inet noudp\ndelete table inet noudp\n"
        if not is_allowed:
            rules += """
                table inet noudp {
                    chain forwarding {
                        type filter hook forward priority -300; policy accept;
                        meta l4proto udp drop
                    }
                }"""
        check(within(self.edge, "nft", "-f", "-"), rules)


_FORWARDING = """
            echo 1 > /proc/sys/net/ipv4/ip_forward
            echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
"""


class World:
    """Clients `a` and `b` and the server, each a namespace."""

    # How the clients are placed: for each house, its clients as (LAN, host).
    SHAPES = {
        "apart": [[(0, 10)], [(0, 20)]],
        "same-lan": [[(0, 10), (0, 20)]],
        "same-nat": [[(0, 10), (1, 20)]],
    }
    _count = 0

    def __init__(self, kind_a, kind_b=None, shape="apart", line=None):
        """`line`: options of the link emulator for each access line; None for plain veth."""
        World._count += 1
        self.tag = f"{os.getpid() % 1000000}x{World._count % 1000}"
        self.line = line
        self.shape = shape
        self.houses = []
        self.group = NamespaceGroup()
        try:
            self.router = self.group.add("router")
            self.server = self.group.add("server")
            self._join_server()
            for number, lans in enumerate(self.SHAPES[shape]):
                kind = KINDS[(kind_a, kind_b or kind_a)[number]]
                self.houses.append(House(self, number, kind, lans))
            self.a, self.b = [client for house in self.houses for client in house.clients]
        except BaseException:
            self.close()
            raise

    @property
    def house_a(self):
        return self.houses[0]

    @property
    def house_b(self):
        return self.houses[-1]

    def separate_houses(self):
        """From now on the router drops what goes from house to house."""
        houses = ", ".join(f"{house.network}.0/24" for house in self.houses)
        check(within(self.router, "nft", "-f", "-"), f"""
            table ip separation {{
                chain forwarding {{
                    type filter hook forward priority filter; policy accept;
                    ip saddr {{ {houses} }} ip daddr {{ {houses} }} drop
                }}
            }}""")

    def close(self):
        for house in self.houses:
            for child in (house.impairer, house.port_mapper):
                if child and child.is_alive:
                    child.stop()
        self.group.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _join_server(self):
        check(["ip", "link", "add", "eth0", "netns", self.server, "type", "veth",
               "peer", "name", "server", "netns", self.router])
        self.group.script(self.router, f"""
            {_FORWARDING}
            ip addr add 198.51.100.1/24 dev server
            ip -6 addr add 2001:db8:c::1/64 dev server nodad
            ip link set server up""")
        self.group.script(self.server, f"""
            ip addr add {SERVER}/24 dev eth0
            ip addr add {SERVER_ALTERNATE}/24 dev eth0
            ip -6 addr add {SERVER_IPV6}/64 dev eth0 nodad
            ip link set eth0 up
            ip route add default via 198.51.100.1
            ip -6 route add default via 2001:db8:c::1""")
