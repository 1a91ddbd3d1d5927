import Forwarding
import SRMUDP
import TestSupport

/// The compression of WebSockets: offers and answers, or compressed messages of a server.
///
/// Input: one byte for what it is, and the text of the field; or a byte for the settings and then,
/// for each message, its kind, its length in two bytes and its compressed bytes. What comes out must
/// keep within its bounds, and go through our own compression unchanged.
package enum InflateFuzzer {
    private static let limits = WebSocketLimits(messageLength: 80_000)

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let choice = input.byte()
        let settings = CompressionSettings(
            level: Int(choice >> 2) % 9 + 1, threshold: 0, keepsContext: choice & 2 != 0)
        if choice & 1 == 0 {
            negotiate(String(decoding: input.rest(), as: UTF8.self), settings)
        } else {
            exchange(&input, settings)
        }
    }

    // MARK: Negotiation

    private static func negotiate(_ text: String, _ settings: CompressionSettings) {
        guard let elements = list(text) else { return }
        if let agreement = DeflateAgreement(offers: elements, settings) {
            check(agreement)
            precondition(agreement.server.windowBits >= 9, "zlib cannot write for this window")
            precondition(
                settings.keepsContext
                    || !agreement.server.keepsContext && !agreement.client.keepsContext,
                "a context is kept against the settings")
            precondition(list(agreement.response)?.count == 1, "our answer is malformed")
        }
        do throws(WebSocketOpeningError) {
            let agreement = try DeflateAgreement(answer: elements, to: settings)
            check(agreement)
            precondition(
                settings.keepsContext
                    || !agreement.server.keepsContext && !agreement.client.keepsContext,
                "a context is kept against the settings")
        } catch {
            precondition(error == .unexpectedExtension || error == .wrongCompression)
        }
    }

    private static func check(_ agreement: DeflateAgreement) {
        for direction in [agreement.server, agreement.client] {
            precondition((8...15).contains(direction.windowBits), "there is no such window")
        }
    }

    private static func list(_ text: String) -> [WebSocketExtension]? {
        WebSocketExtension.list(in: HTTPFields(["Sec-WebSocket-Extensions": text]))
    }

    // MARK: Messages

    private static func exchange(_ input: inout FuzzInput, _ settings: CompressionSettings) {
        let receiver = end(.client, settings)
        let peer = end(.server, settings)
        while !input.isAtEnd, receiver.state == .open {
            let kind: UInt8 = input.byte() & 1 == 0 ? 0xc1 : 0xc2
            let payload = input.take(input.number())
            receiver.incoming.append(header(kind, payload.count) + payload)
            guard let event = receiver.nextEvent() else { preconditionFailure("a frame is lost") }
            switch event {
            case .message(let message):
                let bytes = receiver.incoming.storage.array(receiver.messageRange)
                check(message, bytes, compressed: payload)
                receiver.send(message, bytes.span.bytes)
                pass(bytes, from: receiver, to: peer)
            case .failed(let error):
                precondition([1007, 1008, 1009].contains(error.code.rawValue), "another error")
                precondition(receiver.state == .closed, "the end was not noticed")
            case .ping, .pong, .closed: preconditionFailure("nobody sent this")
            }
            precondition(
                receiver.incoming.storage.count <= 2 * (limits.messageLength + payload.count + 64),
                "memory grows")
        }
    }

    private static func end(
        _ role: WebSocketConnection.Role, _ settings: CompressionSettings
    ) -> WebSocketConnection {
        let connection = WebSocketConnection(
            role, random: SeededRandomSource(seed: 1), limits: limits)
        let offer = WebSocketExtension(name: DeflateAgreement.extensionName)
        connection.agree(
            on: DeflateAgreement(offers: [offer], settings),
            workspace: CompressionWorkspace(settings))
        return connection
    }

    private static func header(_ first: UInt8, _ length: Int) -> [UInt8] {
        length < 126
            ? [first, UInt8(length)] : [first, 126, UInt8(length >> 8), UInt8(length & 0xff)]
    }

    private static func check(
        _ message: WebSocketMessage, _ bytes: [UInt8], compressed: [UInt8]
    ) {
        precondition(bytes.count <= limits.messageLength, "a message is too long")
        precondition(
            bytes.count <= max(65_536, 100 * compressed.count), "a bomb was not noticed")
        precondition(
            message.kind == .binary || String(validating: bytes, as: UTF8.self) != nil,
            "a text is not UTF-8")
    }

    /// What we compress must be understood and come out as it was.
    private static func pass(
        _ bytes: [UInt8], from sender: WebSocketConnection, to receiver: WebSocketConnection
    ) {
        receiver.incoming.append(sender.outgoing.take(sender.outgoing.count))
        guard case .message = receiver.nextEvent() else {
            preconditionFailure("our own message is not understood")
        }
        let echo = receiver.incoming.storage.array(receiver.messageRange)
        precondition(echo == bytes, "a message changed on its way")
        precondition(receiver.nextEvent() == nil, "something was added")
    }
}
