/// Asks a server for its static key.
///
/// Only the first contact needs it, and only if the server's address came without its key; the
/// caller remembers what it learns. Whoever reads the request can answer with a key of their own.
package struct KeyQuery: Inquiry {
    private let server: SocketAddress
    private let request: KeyRequest
    private var repetition: Repetition
    private var isOver = false
    /// Nil as long as the server did not answer.
    package private(set) var key: PublicKey?

    /// - Parameter server: an address of a network, or that of a WebSocket to the server.
    package init(server: SocketAddress, random: any RandomSource, now: Instant) {
        self.server = server
        request = KeyRequest(nonce: random.next())
        repetition = Repetition(now: now)
    }

    package mutating func pollTransmit(
        now: Instant
    ) -> (datagram: [UInt8], destination: SocketAddress)? {
        if repetition.isOver(now: now) { isOver = true }
        guard !isOver, repetition.take(now: now) else { return nil }
        return (request.encoded, server)
    }

    package var nextTimeout: Instant? { isOver ? nil : repetition.due }

    package mutating func handle(_ datagram: [UInt8], from source: SocketAddress, now: Instant) {
        guard !isOver, source == server, let answer = KeyAnswer(datagram),
            answer.nonce == request.nonce
        else { return }
        key = answer.key
        isOver = true
    }
}
