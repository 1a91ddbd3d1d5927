import Forwarding
import SRMUDP

/// Writes down what peers got here: a line of level info for each flow when it ends, and, where
/// there is a file, an object for each flow and each refusal.
///
/// A peer that asks for the same forbidden thing all the time gets one line in ten seconds.
final class FlowAuditor {
    private var file: AuditFile?
    private let logger: Logger
    private let clock: () -> UnixTime
    private var refusals = RepetitionFilter()

    init(file: AuditFile?, logger: Logger, clock: @escaping () -> UnixTime) {
        self.file = file
        self.logger = logger.labelled("audit")
        self.clock = clock
    }

    func note(_ change: Session.Change, of peer: Peer, now: Instant) {
        if case .forwarding(let report) = change { note(report, of: peer, now: now) }
    }

    /// Refusals are told to people by whoever calls this.
    func note(_ report: ForwardingReport, of peer: Peer, now: Instant) {
        switch report {
        case .servedClosed(let flow):
            let record = record(.flow(flow), of: peer)
            logger.info(record.text)
            file?.append(record.json)
        case .servedRefused(let request, let reply):
            guard let file,
                let unrecorded = refusals.admitCounting(
                    "\(peer.name) \(request) \(reply.status) \(reply.detail)", now: now)
            else { return }
            file.append(
                record(.refused(request, reply, unrecorded: unrecorded), of: peer).json)
        case .flowOpened, .flowRefused, .servedOpened, .flowClosed, .connectionsDropped,
            .clientDisplaced:
            break
        }
    }

    /// Writes to this file from now on; nil: to none.
    func use(_ file: AuditFile?) { self.file = file }

    /// Opens the file anew, so that it can be rotated.
    func reopen() { file?.reopen() }

    private func record(_ event: AuditRecord.Event, of peer: Peer) -> AuditRecord {
        AuditRecord(time: clock(), peer: peer.name, id: NodeID(peer.publicKey), event: event)
    }
}
