import Testing

@testable import Control

@Suite("WebProxyConversation")
struct WebProxyConversationTests {
    private typealias Action = WebProxyConversation.Action

    private static let id = "web_192.0.2.7_7000"

    private static func conversation(
        framing: WebProxyRequest.Framing = .json
    ) -> WebProxyConversation {
        WebProxyConversation(connectionID: id, framing: framing)
    }

    private static func begun(
        framing: WebProxyRequest.Framing = .json
    ) throws -> WebProxyConversation {
        var conversation = conversation(framing: framing)
        _ = conversation.begin(key: try WebProxyKey("correct horse"))
        return conversation
    }

    /// What the client gets: the status, or the code of the error, or the kind of data.
    private static func told(_ actions: [Action]) -> [String] {
        actions.map { action in
            switch action {
            case .send(.binary, _): return "bytes"
            case .send(.text, let bytes):
                let value = try? JSONParser.parse(bytes)
                return value?["status"]?.stringValue ?? value?["code"]?.stringValue
                    ?? value?["format"]?.stringValue ?? "?"
            case .openLink: return "open"
            case .pass(.text, _): return "pass text"
            case .pass(.binary, _): return "pass binary"
            case .close(let code, _): return "\(code.rawValue)"
            }
        }
    }

    private static func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

    @Test("the states are told when they change, and only then")
    func states() throws {
        var conversation = Self.conversation()
        var told = Self.told(conversation.begin(key: try WebProxyKey("correct horse")))
        let events: [WebProxyConversation.LinkEvent] = [
            .waiting(nil), .established, .established, .reconnecting("silent"),
            .reconnecting("silent"), .established, .waiting("late"), .reconnecting("silent"),
            .reconnecting("lost"), .established,
        ]

        for event in events { told += Self.told(conversation.linkChanged(event)) }

        #expect(
            told == [
                "CONNECTED", "UDP_WAITING", "open", "UDP_ESTABLISHED", "RECONNECTING",
                "UDP_ESTABLISHED", "RECONNECTING", "RECONNECTING", "UDP_ESTABLISHED",
            ])
        #expect(conversation.state == .established)
    }

    @Test("what stands in the way is told once")
    func obstacle() throws {
        var conversation = try Self.begun()

        #expect(Self.told(conversation.linkChanged(.waiting("no answer"))) == ["UDP_WAITING"])
        #expect(conversation.linkChanged(.waiting("no answer")).isEmpty)
        #expect(conversation.linkChanged(.waiting(nil)).isEmpty)
        #expect(Self.told(conversation.linkChanged(.waiting("a name"))) == ["UDP_WAITING"])
    }

    @Test("a link that fails ends the WebSocket")
    func failure() throws {
        var conversation = try Self.begun()
        _ = conversation.linkChanged(.established)

        let actions = conversation.linkChanged(.failed("taken over"))

        #expect(Self.told(actions) == ["ERROR", "1011"])
        #expect(conversation.state == .ended)
        #expect(conversation.linkChanged(.established).isEmpty)
        #expect(conversation.clientSaid(.binary, [1]).isEmpty)
        #expect(conversation.peerSaid(.binary, [1]).isEmpty)
        #expect(conversation.keyOverdue().isEmpty)
    }

    @Test("the first message may bring the key")
    func key() throws {
        var conversation = Self.conversation()
        let key = Self.bytes(#"{"type":"key","encryption_key":"correct horse"}"#)

        #expect(Self.told(conversation.begin(key: nil)) == ["CONNECTED"])
        let actions = conversation.clientSaid(.text, key)

        #expect(Self.told(actions) == ["UDP_WAITING", "open"])
        #expect(actions.last == .openLink(try WebProxyKey("correct horse")))
        #expect(conversation.keyOverdue().isEmpty)
        #expect(Self.told(conversation.clientSaid(.text, key)) == ["INVALID_MESSAGE"])
    }

    @Test("a key that does not come in time ends the WebSocket")
    func lateKey() {
        var conversation = Self.conversation()
        _ = conversation.begin(key: nil)

        #expect(Self.told(conversation.keyOverdue()) == ["KEY_MISSING", "1008"])
        #expect(conversation.state == .ended)
    }

    @Test("nothing is passed on before the key is there")
    func early() {
        var conversation = Self.conversation()
        _ = conversation.begin(key: nil)

        let text = conversation.clientSaid(.text, Self.bytes(#"{"type":"data","data":"a"}"#))
        let binary = conversation.clientSaid(.binary, [1])

        #expect(Self.told(text) == ["INVALID_MESSAGE"])
        #expect(Self.told(binary) == ["INVALID_MESSAGE"])
        #expect(conversation.peerSaid(.text, [0x61]).isEmpty)
    }

    @Test("data are passed on in every state of the link")
    func passing() throws {
        var conversation = try Self.begun()
        let text = Self.bytes(#"{"type":"data","data":"a"}"#)

        #expect(conversation.clientSaid(.text, text) == [.pass(.text, [0x61])])
        _ = conversation.linkChanged(.established)
        #expect(conversation.clientSaid(.binary, [1, 2]) == [.pass(.binary, [1, 2])])
        _ = conversation.linkChanged(.reconnecting("silent"))
        #expect(conversation.clientSaid(.text, text) == [.pass(.text, [0x61])])
    }

    @Test("the third bad message in a row is the last")
    func strikes() throws {
        var conversation = try Self.begun()
        let bad = Self.bytes("no JSON")
        let good = Self.bytes(#"{"type":"data","data":"a"}"#)

        #expect(Self.told(conversation.clientSaid(.text, bad)) == ["INVALID_MESSAGE"])
        #expect(Self.told(conversation.clientSaid(.text, bad)) == ["INVALID_MESSAGE"])
        #expect(Self.told(conversation.clientSaid(.text, good)) == ["pass text"])
        #expect(Self.told(conversation.clientSaid(.text, bad)) == ["INVALID_MESSAGE"])
        #expect(Self.told(conversation.clientSaid(.text, bad)) == ["INVALID_MESSAGE"])
        #expect(Self.told(conversation.clientSaid(.text, bad)) == ["INVALID_MESSAGE", "1008"])
        #expect(conversation.clientSaid(.text, good).isEmpty)
    }

    @Test("a command is answered, and is no bad message")
    func command() throws {
        var conversation = try Self.begun()
        let command = Self.bytes(#"{"type":"command","command":"status"}"#)

        for _ in 0..<5 {
            #expect(Self.told(conversation.clientSaid(.text, command)) == ["UNKNOWN_COMMAND"])
        }
    }

    @Test("what the peer calls text and what is one goes out as text, all else as bytes")
    func formats() throws {
        let conversation = try Self.begun()

        #expect(Self.told(conversation.peerSaid(.text, Self.bytes("ä"))) == ["text"])
        #expect(Self.told(conversation.peerSaid(.text, [0xc3])) == ["binary"])
        #expect(Self.told(conversation.peerSaid(.binary, Self.bytes("ä"))) == ["binary"])
        #expect(Self.told(conversation.peerSaid(.text, [])) == ["text"])
    }

    @Test("a client may ask for bytes as they are")
    func binaryFrames() throws {
        let conversation = try Self.begun(framing: .binary)

        #expect(conversation.peerSaid(.binary, [0, 255]) == [.send(.binary, [0, 255])])
        #expect(conversation.peerSaid(.text, [0xff]) == [.send(.binary, [0xff])])
        #expect(Self.told(conversation.peerSaid(.text, Self.bytes("ä"))) == ["text"])
    }

    @Test("a binary frame is bounded like data")
    func bound() throws {
        var conversation = try Self.begun()
        let most = [UInt8](repeating: 7, count: WebProxyMessage.dataLimit)

        #expect(Self.told(conversation.clientSaid(.binary, most)) == ["pass binary"])
        #expect(Self.told(conversation.clientSaid(.binary, most + [7])) == ["INVALID_MESSAGE"])
    }
}
