import Forwarding
import SRMUDP

/// What is told of a forward that listens.
struct ForwardNotice: Equatable {
    /// `local`, `remote`, `dynamic` or `stdio`.
    let kind: String
    let transport: ForwardSpecification.Transport
    /// Addresses with ports, or a path.
    let places: [String]
    /// The port that was asked for, perhaps 0; nil for what has none.
    let requested: UInt16?
    /// The port in use; nil for what has none.
    let port: UInt16?
    /// Where connections go: `localhost:80`, `localhost:53/udp`, `socks`.
    let target: String

    init(_ forward: ForwardSpecification, places: [String] = [], port: UInt16? = nil) {
        kind = forward.kind.word
        transport = forward.transport
        self.places = places
        requested = forward.entry.port
        self.port = port
        target = forward.targetText
    }

    init(
        kind: String, transport: ForwardSpecification.Transport, places: [String],
        requested: UInt16?, port: UInt16?, target: String
    ) {
        self.kind = kind
        self.transport = transport
        self.places = places
        self.requested = requested
        self.port = port
        self.target = target
    }

    var isRemote: Bool { kind == ForwardSpecification.Kind.remote.word }

    /// One line for each place, for people.
    var lines: [String] {
        places.map { "\(isRemote ? "the peer listens" : "listening") on \($0) -> \(target)" }
    }

    /// - Parameter placesName: the name of the member with the places.
    func members(placesNamed placesName: String) -> [(name: String, value: JSONValue)] {
        [
            ("kind", .string(kind)), ("protocol", .string(transport.rawValue)),
            ("requested", requested.map { .number(Int64($0)) } ?? .null),
            ("port", port.map { .number(Int64($0)) } ?? .null),
            (placesName, .array(places.map(JSONValue.string))), ("target", .string(target)),
        ]
    }
}

extension ForwardSpecification {
    fileprivate var targetText: String {
        transport == .udp ? "\(destination)/udp" : "\(destination)"
    }
}

extension ForwardSpecification.Kind {
    var word: String {
        switch self {
        case .local: "local"
        case .remote: "remote"
        case .dynamic: "dynamic"
        case .standardStreams: "stdio"
        }
    }
}

extension ForwardSpecification.Entry {
    /// The port to listen on; nil for what has none.
    fileprivate var port: UInt16? {
        switch self {
        case .port(_, let port): port
        case .path, .standardStreams: nil
        }
    }
}
