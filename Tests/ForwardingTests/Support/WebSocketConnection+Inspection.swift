@testable import Forwarding

extension WebSocketConnection {
    /// What waits to be written, which is taken out.
    func takeSent() -> [UInt8] { outgoing.take(outgoing.count) }

    /// The memory that `incoming` has.
    var incomingCapacity: Int { incoming.storage.count }

    var hasOutgoing: Bool { !outgoing.isEmpty }
}
