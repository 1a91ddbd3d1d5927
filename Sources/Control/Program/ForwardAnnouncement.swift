import SRMUDP

/// Tells where a forward listens: people on standard error, programs on standard output
/// (`--print-ports`, `--json`).
struct ForwardAnnouncement {
    let json: Bool
    let printsPorts: Bool
    let logger: Logger

    /// - Parameter requested: the port that was asked for, 0 for any.
    func listening(_ addresses: [SocketAddress], target: String, requested: UInt16) {
        for address in addresses { logger.info("listening on \(address) -> \(target)") }
        guard let port = addresses.first?.port else { return }
        if json {
            Console.output(
                JSONText.object([
                    ("event", .string("listening")), ("requested", .number(Int64(requested))),
                    ("port", .number(Int64(port))),
                    ("addresses", .array(addresses.map { JSONText.string("\($0)") })),
                    ("target", .string(target)),
                ]).text)
        } else if printsPorts {
            Console.output("local \(requested)->\(port)")
        }
    }
}
