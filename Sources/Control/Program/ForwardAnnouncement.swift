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

    func listening(_ notice: ForwardNotice) {
        for line in notice.lines { logger.info(line) }
        if let port = notice.port, notice.requested == 0 {
            context.report(
                "Allocated port \(port) for \(notice.kind) forward to \(notice.target)")
        }
        if json {
            context.output(
                JSONValue.object(
                    [("event", .string("listening"))] + notice.members(placesNamed: "addresses")
                ).text)
        } else if printsPorts, let port = notice.port {
            context.output("\(notice.kind) \(notice.requested ?? 0)->\(port)")
        }
    }
}
