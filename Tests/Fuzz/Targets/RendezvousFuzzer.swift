import Control

/// The stream between a rendezvous server and a client, read by both sides' parsers, in pieces.
///
/// The first byte says in how large pieces the rest arrives. Whatever is understood must be written
/// as it was read, and framing must never hold more than one message.
package enum RendezvousFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let size = Int(input.byte()) + 1
        var framing = MessageFraming()
        while !input.isAtEnd {
            guard let messages = try? framing.receive(input.take(size)) else { return }
            precondition(framing.pendingCount < MessageLimits.message + 2, "framing has no bound")
            for message in messages { read(message) }
        }
    }

    private static func read(_ bytes: [UInt8]) {
        precondition((1...MessageLimits.message).contains(bytes.count), "a length is wrong")
        if let message = try? ClientMessage(decoding: bytes) {
            precondition(message.encoded == bytes, "\(message.kind) is written otherwise")
        }
        if let message = try? ServerMessage(decoding: bytes) {
            precondition(message.encoded == bytes, "\(message.kind) is written otherwise")
        }
    }
}
