import SRMUDP

/// The client of a proxy, or of the node itself, while it waits to be told what came of its request;
/// then it is like any other connection.
struct WaitingClient {
    /// Taken over by a `Flow`, which has it registered with the loop.
    let socket: TCPSocket
    /// What it is told, be it yes or no.
    let wording: (OpenReply) -> [UInt8]
    let loop: EventLoop
    /// What is still to be written of the good news.
    private var words: [UInt8] = []
    /// What is told if the connection is given up.
    private var refusal = OpenReply(.generalFailure, detail: "the connection to the peer was lost")

    init(
        _ socket: TCPSocket, wording: @escaping (OpenReply) -> [UInt8], loop: EventLoop
    ) {
        self.socket = socket
        self.wording = wording
        self.loop = loop
    }

    /// The far side has answered.
    mutating func answer(_ reply: OpenReply) {
        if reply.status == .connected { words = wording(reply) } else { refusal = reply }
    }

    /// Goes on telling the good news.
    ///
    /// - Returns: whether it has been told to its end; a failed write is one.
    mutating func writeWords() -> Bool {
        switch socket.write(from: ByteStorage(words), 0..<words.count) {
        case .bytes(let count): words.removeFirst(count)
        case .wouldBlock: break
        // The next write of the flow fails as well.
        case .failed: words = []
        }
        return words.isEmpty
    }

    /// Tells the bad news and ends the connection.
    func dismiss() {
        loop.unregister(socket.descriptor)
        SocketFarewell(socket, saying: wording(refusal), loop: loop)
    }
}
