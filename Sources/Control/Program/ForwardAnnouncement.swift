import Forwarding
import SRMUDP

/// Tells where a forward listens: people on standard error, programs on standard output
/// (`--print-ports`, `--json`).
///
/// A port that the system chose is told in ssh's words also when everything else is quiet, because
/// nobody could know it otherwise.
struct ForwardAnnouncement {
    let json: Bool
    let printsPorts: Bool
    let context: CommandContext
    let logger: Logger

    /// - Parameters:
    ///   - places: addresses with ports, or a path.
    ///   - port: the one in use; nil for a path.
    func listening(_ places: [String], port: UInt16?, for forward: ForwardSpecification) {
        let word = forward.kind.word
        let side = forward.kind == .remote ? "the peer listens" : "listening"
        let target = forward.targetText
        for place in places { logger.info("\(side) on \(place) -> \(target)") }
        let requested = forward.entry.port
        if let port, requested == 0 {
            context.report("Allocated port \(port) for \(word) forward to \(target)")
        }
        if json {
            context.output(json(places, port, requested, forward, target))
        } else if printsPorts, let port {
            context.output("\(word) \(requested ?? 0)->\(port)")
        }
    }

    private func json(
        _ places: [String], _ port: UInt16?, _ requested: UInt16?, _ forward: ForwardSpecification,
        _ target: String
    ) -> String {
        JSONText.object([
            ("event", .string("listening")), ("kind", .string(forward.kind.word)),
            ("protocol", .string(forward.transport.rawValue)),
            ("requested", requested.map { .number(Int64($0)) } ?? .null),
            ("port", port.map { .number(Int64($0)) } ?? .null),
            ("addresses", .array(places.map(JSONText.string))), ("target", .string(target)),
        ]).text
    }
}

extension ForwardSpecification {
    /// Where connections go: `localhost:80`, `localhost:53/udp`, `socks`.
    fileprivate var targetText: String {
        transport == .udp ? "\(destination)/udp" : "\(destination)"
    }
}

extension ForwardSpecification.Kind {
    fileprivate var word: String {
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
