import SRMUDP

/// One forward as the user wrote it: where connections enter and where they go.
///
/// The grammar is ssh's, fields separated by `:` (see `ForwardFields` for brackets and escapes):
///
///     -L [bind_address:]port:host:hostport      and with a socket path in place of either end
///     -R the same, or [bind_address:]port alone (SOCKS at the far side)
///     -D [bind_address:]port                    (SOCKS here)
///     -W host:port                              (standard input and output)
///
/// Some differences are deliberate: listen port 0 is valid everywhere and means any free port;
/// `/udp` behind a specification, or `udp/` in front, carries datagrams; a range `8000-8003` of
/// ports stands for as many forwards. The destination's port is never 0.
package struct ForwardSpecification: Hashable, Sendable {
    /// The option that the specification was given to.
    package enum Kind: Hashable, Sendable, CaseIterable {
        case local
        case remote
        case dynamic
        case standardStreams
    }

    /// What is carried between two ports.
    package enum Transport: String, Hashable, Sendable, CaseIterable {
        case tcp
        case udp
    }

    /// Which of the machine's addresses a listener takes.
    package enum BindAddress: Hashable, Sendable {
        /// 127.0.0.1 and ::1: no bind address was given, or `localhost`.
        case loopback
        /// Every address of both families: the bind address was empty or `*`.
        case all
        case address(IPAddress)
        /// A host name, to be resolved where the listener is.
        case name(String)
    }

    /// Where connections enter.
    package enum Entry: Hashable, Sendable {
        /// A listener; port 0 is any free port.
        case port(BindAddress, UInt16)
        /// A UNIX socket.
        case path(String)
        /// The standard input and output of the command itself.
        case standardStreams
    }

    /// Where connections go.
    package enum Destination: Hashable, Sendable {
        /// A host and port, resolved by the side that dials; the port is 1...65535.
        case host(String, UInt16)
        /// A UNIX socket.
        case path(String)
        /// Each connection names its own destination.
        case socks
    }

    package let kind: Kind
    /// Datagrams only from port to port.
    package let transport: Transport
    package let entry: Entry
    package let destination: Destination

    package init(
        kind: Kind, transport: Transport = .tcp, entry: Entry, destination: Destination
    ) {
        self.kind = kind
        self.transport = transport
        self.entry = entry
        self.destination = destination
    }

    /// Why this version cannot set the forward up, although it is well-formed; nil if it can.
    package var notOffered: String? {
        guard transport == .tcp || kind == .local else {
            return "UDP is not offered for -R by this version"
        }
        return nil
    }

    /// True if both forwards would listen on the same address and port, or at the same path.
    package func collides(with other: ForwardSpecification) -> Bool {
        // Listeners of remote forwards stand on another machine.
        guard (kind == .remote) == (other.kind == .remote), transport == other.transport else {
            return false
        }
        switch (entry, other.entry) {
        case (.port(let bind, let port), .port(let otherBind, let otherPort)):
            return port != 0 && port == otherPort && bind.overlaps(otherBind)
        case (.path(let path), .path(let otherPath)): return path == otherPath
        case (.standardStreams, .standardStreams): return true
        case (.port, _), (.path, _), (.standardStreams, _): return false
        }
    }
}

extension ForwardSpecification.BindAddress {
    /// Reads the field as ssh does: empty and `*` are all addresses, `localhost` both loopbacks.
    init(field: String) {
        if field.isEmpty || field == "*" {
            self = .all
        } else if field.lowercased() == "localhost" {
            self = .loopback
        } else if let address = IPAddress(field) {
            self = .address(address)
        } else {
            self = .name(field)
        }
    }

    /// True if the kernel would refuse a second listener with the same port.
    func overlaps(_ other: ForwardSpecification.BindAddress) -> Bool {
        switch (self, other) {
        case (.all, _), (_, .all): true
        case (.loopback, .loopback): true
        case (.loopback, .address(let address)), (.address(let address), .loopback):
            address.isLoopback || address.isUnspecified
        case (.address(let left), .address(let right)):
            left == right
                || left.isIPv4 == right.isIPv4 && (left.isUnspecified || right.isUnspecified)
        case (.name(let left), .name(let right)): left.lowercased() == right.lowercased()
        case (.name, .loopback), (.name, .address), (.loopback, .name), (.address, .name): false
        }
    }
}

extension ForwardSpecification: CustomStringConvertible {
    /// The specification without the option, in its shortest form: `8080:localhost:80`.
    package var description: String {
        let suffix = transport == .udp ? "/udp" : ""
        return switch (entry, destination) {
        case (.standardStreams, _): "\(destination)"
        case (_, .socks): "\(entry)"
        case (.port, _), (.path, _): "\(entry):\(destination)\(suffix)"
        }
    }
}

extension ForwardSpecification.Entry: CustomStringConvertible {
    package var description: String {
        switch self {
        case .port(.loopback, let port): "\(port)"
        case .port(.all, let port): "*:\(port)"
        case .port(.address(let address), let port): "\(SocketAddress(address, port: port))"
        case .port(.name(let name), let port): "\(name):\(port)"
        case .path(let path): path.contains(":") ? "[\(path)]" : path
        case .standardStreams: "standard input"
        }
    }
}

extension ForwardSpecification.Destination: CustomStringConvertible {
    package var description: String {
        switch self {
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .path(let path): path.contains(":") ? "[\(path)]" : path
        case .socks: "socks"
        }
    }
}
