import SRMUDP

/// A client as the server's process has it: a connection, its message channel, and its name in the
/// server's core.
final class ServerClient {
    let connection: Connection
    /// Nil before the connection is established and after the core dropped the client.
    var id: RendezvousServer.ClientID?
    private var channel: MessageChannel?
    /// What is to be said once the client has opened its stream: no more than why it is turned away.
    private var waiting: [ServerMessage] = []
    private var isEnding = false

    init(connection: Connection) { self.connection = connection }

    var key: PublicKey { connection.target.publicKey }

    /// - Throws: `overflow` if the client does not read.
    func send(_ message: ServerMessage) throws(MessageChannel.Failure) {
        guard let channel else { return waiting.append(message) }
        try channel.send(message.encoded)
    }

    /// Says nothing more behind what was sent.
    func finish() {
        isEnding = true
        channel?.finish()
    }

    /// Takes an event of one of the connection's streams.
    /// - Returns: whole messages. A stream besides the first one is refused.
    func handle(
        _ event: StreamEvent, now: Instant
    ) throws(MessageChannel.Failure) -> [[UInt8]] {
        if case .opened(let stream) = event, channel == nil { try use(stream) }
        guard let channel, channel.stream == event.stream else {
            if case .opened(let stream) = event {
                MessageChannel.refuse(stream, on: connection, now: now)
            }
            return []
        }
        let messages = try channel.handle(event, now: now)
        if messages.isEmpty, channel.hasEnded { throw .ended }
        return messages
    }

    private func use(_ stream: StreamID) throws(MessageChannel.Failure) {
        let channel = MessageChannel(accepting: stream, on: connection)
        self.channel = channel
        for message in waiting { try channel.send(message.encoded) }
        waiting = []
        if isEnding { channel.finish() }
    }
}
