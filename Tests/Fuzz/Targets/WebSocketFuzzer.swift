import Forwarding
import SRMUDP
import TestSupport

/// Frames of a peer that breaks all rules, to a server or a client that echoes.
///
/// Input: one byte for the role and the compression, one for the size of the pieces, and the bytes.
/// In pieces they must mean what they mean in one, memory must stay bounded, and a peer that keeps
/// the rules must understand all that we answer.
package enum WebSocketFuzzer {
    private static let limits = WebSocketLimits(messageLength: 4_096, fragmentCount: 16)

    private struct Outcome: Equatable {
        var events: [WebSocketEvent] = []
        var messages: [[UInt8]] = []
        var sent: [UInt8] = []
        var state = WebSocketConnection.State.open
    }

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let choice = input.byte()
        let role: WebSocketConnection.Role = choice & 1 == 0 ? .server : .client
        let compresses = choice & 2 != 0
        let pieceLength = Int(input.byte()) + 1
        let bytes = input.rest()
        let whole = feed(bytes, bytes.count, role, compresses)
        let pieces = feed(bytes, pieceLength, role, compresses)
        precondition(whole == pieces, "a WebSocket depends on how its bytes are cut")
        checkText(whole)
        checkAnswers(whole, role, compresses)
    }

    private static func feed(
        _ bytes: [UInt8], _ pieceLength: Int, _ role: WebSocketConnection.Role, _ compresses: Bool
    ) -> Outcome {
        let connection = WebSocketConnection(
            role, random: SeededRandomSource(seed: 1), limits: limits)
        if compresses { agree(connection) }
        var outcome = Outcome()
        var offset = 0
        while offset < bytes.count, connection.state != .closed {
            let end = offset + min(pieceLength, bytes.count - offset)
            connection.incoming.append([UInt8](bytes[offset..<end]))
            offset = end
            while let event = connection.nextEvent() {
                outcome.events.append(event)
                if case .message(let message) = event {
                    let bytes = connection.incoming.storage.array(connection.messageRange)
                    precondition(bytes.count <= limits.messageLength, "a message is too long")
                    outcome.messages.append(bytes)
                    connection.send(message, bytes.span.bytes)
                }
                outcome.sent += connection.outgoing.take(connection.outgoing.count)
                connection.flushPong()
            }
            // A message, a control frame within it that is not whole yet, and a piece; doubled.
            let bound = 2 * (limits.messageLength + 140 + pieceLength)
            precondition(connection.incoming.storage.count <= bound, "memory grows")
        }
        outcome.state = connection.state
        return outcome
    }

    private static func agree(_ connection: WebSocketConnection) {
        let settings = CompressionSettings(threshold: 16, keepsContext: true)
        let offer = WebSocketExtension(name: DeflateAgreement.extensionName)
        connection.agree(
            on: DeflateAgreement(offers: [offer], settings),
            workspace: CompressionWorkspace(settings))
    }

    /// Texts are UTF-8, and after the end there is nothing.
    private static func checkText(_ outcome: Outcome) {
        var messages = outcome.messages[...]
        for (number, event) in outcome.events.enumerated() {
            switch event {
            case .message(let message):
                let bytes = messages.removeFirst()
                let isText = String(validating: bytes, as: UTF8.self) != nil
                precondition(message.kind == .binary || isText, "a text is not UTF-8")
            case .closed, .failed:
                precondition(number == outcome.events.count - 1, "something follows the end")
                precondition(outcome.state == .closed, "the end was not noticed")
            case .ping, .pong: break
            }
        }
    }

    /// Our answers, as the other side sees them.
    private static func checkAnswers(
        _ outcome: Outcome, _ role: WebSocketConnection.Role, _ compresses: Bool
    ) {
        let peer = WebSocketConnection(
            role == .server ? .client : .server, random: SeededRandomSource(seed: 2))
        if compresses { agree(peer) }
        peer.incoming.append(outcome.sent)
        var echoes: [[UInt8]] = []
        var isClosed = false
        while let event = peer.nextEvent() {
            switch event {
            case .message:
                echoes.append(peer.incoming.storage.array(peer.messageRange))
            case .closed: isClosed = true
            case .failed(let error): preconditionFailure("we broke a rule: \(error)")
            case .ping, .pong: break
            }
        }
        precondition(echoes == outcome.messages, "an echo is missing or wrong")
        precondition(isClosed == (outcome.state == .closed), "the peer was not told of the end")
    }
}
