import SRMUDP

/// Has the program of a peer answer over its session, and takes the time.
///
/// The question is REPORT REQUEST (`NodeMessage`), sent again each second until there is an answer
/// to one of them.
final class PeerPing {
    private static let interval: Interval = .seconds(1)
    private static let attempts = 10

    private let connection: Connection
    private let loop: EventLoop
    /// The number of the first question; each later one is one more.
    private let firstNumber: UInt32
    private var sent: [Instant] = []
    private var completion: ((Interval?) -> Void)?

    /// - Parameter completion: called once, with the time from a question to its answer; nil: none
    ///   came.
    init(
        over connection: Connection, loop: EventLoop, random: any RandomSource,
        completion: @escaping (Interval?) -> Void
    ) {
        self.connection = connection
        self.loop = loop
        firstNumber = UInt32(truncatingIfNeeded: random.next())
        self.completion = completion
    }

    var key: PublicKey { connection.target.publicKey }

    func start() {
        guard completion != nil else { return }
        guard sent.count < Self.attempts, connection.isEstablished else { return finish(nil) }
        let number = firstNumber &+ UInt32(sent.count)
        sent.append(loop.now)
        _ = connection.sendDatagram(NodeMessage.reportRequest(number).encoded)
        loop.schedule(after: Self.interval) { [weak self] in self?.start() }
    }

    /// A peer answered the question of this number.
    func received(_ number: UInt32, on connection: Connection) {
        let index = Int(number &- firstNumber)
        guard connection === self.connection, index < sent.count else { return }
        finish(loop.now - sent[index])
    }

    private func finish(_ roundTrip: Interval?) {
        let completion = completion
        self.completion = nil
        completion?(roundTrip)
    }
}
