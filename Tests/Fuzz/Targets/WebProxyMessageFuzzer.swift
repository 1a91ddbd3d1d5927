import Control
import Forwarding

/// What a client of a link says over its WebSocket, and what the other end of the link says.
///
/// Input: messages, each behind a byte for its kind and who says it and one for its length. A text
/// that is passed on must come back as it was when it is told to a client.
package enum WebProxyMessageFuzzer {
    private static let id = "web_192.0.2.7_7000"

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let choice = input.byte()
        var conversation = WebProxyConversation(
            connectionID: id, framing: choice & 1 == 0 ? .json : .binary)
        let key = choice & 2 == 0 ? try? WebProxyKey("correct horse") : nil
        var actions = conversation.begin(key: key)
        while !input.isAtEnd {
            let who = input.byte()
            let bytes = input.take(Int(input.byte()) * (who & 8 == 0 ? 1 : 16))
            let wasOver = conversation.state == .ended
            switch who & 7 {
            case 0, 1, 2: actions = conversation.clientSaid(.text, bytes)
            case 3: actions = conversation.clientSaid(.binary, bytes)
            case 4: actions = conversation.peerSaid(.text, bytes)
            case 5: actions = conversation.peerSaid(.binary, bytes)
            case 6: actions = conversation.linkChanged(.established)
            default: actions = conversation.linkChanged(.reconnecting("silent"))
            }
            precondition(!wasOver || actions.isEmpty, "it goes on behind its end")
            for action in actions { check(action) }
        }
        _ = conversation.keyOverdue()
    }

    private static func check(_ action: WebProxyConversation.Action) {
        switch action {
        case .send(.text, let bytes):
            guard let value = try? JSONParser.parse(bytes), value["type"]?.stringValue != nil else {
                preconditionFailure("what is told is no message")
            }
        case .send(.binary, _), .openLink: break
        case .pass(.text, let bytes):
            let told = WebProxyAnswer.data(.text, bytes).encoded(connectionID: id)
            let again = try? WebProxyMessage(told, connectionID: id)
            precondition(again == .data(.text, bytes), "a text changed")
        case .pass(.binary, let bytes):
            let told = WebProxyAnswer.data(.binary, bytes).encoded(connectionID: id)
            let again = try? WebProxyMessage(told, connectionID: id)
            precondition(again == .data(.binary, bytes), "bytes changed")
        case .close(let code, let reason):
            precondition(code.isSendable && !reason.isEmpty, "an end without a reason")
        }
    }
}
