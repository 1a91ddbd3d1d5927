import SRMUDP

/// A call that waits for a session to be up.
final class SessionWait {
    private let session: Session
    private var succeeded: ((Connection) -> Void)?
    private var failed: ((CommandError?) -> Void)?

    init(
        session: Session, succeeded: @escaping (Connection) -> Void,
        failed: @escaping (CommandError?) -> Void
    ) {
        self.session = session
        self.succeeded = succeeded
        self.failed = failed
    }

    var key: PublicKey { session.peer.publicKey }

    func isSettled(by change: Session.Change, of other: Session) -> Bool {
        guard other === session else { return false }
        switch change {
        case .up: return true
        case .lost(let error): return error.isRefusal
        case .silent, .heard, .pathChanged, .forwarding: return false
        }
    }

    func settle(_ change: Session.Change) {
        switch change {
        case .up(let connection): take()?.succeeded(connection)
        case .lost(let error): take()?.failed(.refused(by: session.peer.name, error))
        case .silent, .heard, .pathChanged, .forwarding: break
        }
    }

    /// The time is over.
    func giveUp() { take()?.failed(nil) }

    private func take() -> (
        succeeded: (Connection) -> Void, failed: (CommandError?) -> Void
    )? {
        guard let succeeded, let failed else { return nil }
        self.succeeded = nil
        self.failed = nil
        return (succeeded, failed)
    }
}
