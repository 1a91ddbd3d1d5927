import Testing

@testable import Forwarding

@Suite struct DeflateAgreementTests {
    private static let keeping = CompressionSettings(keepsContext: true)
    private static let forgetting = CompressionSettings()

    private static func elements(_ text: String) -> [WebSocketExtension] {
        WebSocketExtension.list(in: HTTPFields(["Sec-WebSocket-Extensions": text])) ?? []
    }

    /// What the server answers to offers; nil if it takes none.
    private static func answer(_ offers: String, _ settings: CompressionSettings) -> String? {
        DeflateAgreement(offers: elements(offers), settings)?.response
    }

    // MARK: Server

    @Test(
        "a server takes the first offer that it can meet, and promises what was asked for",
        arguments: [
            ("permessage-deflate", "permessage-deflate"),
            ("permessage-deflate; client_max_window_bits", "permessage-deflate"),
            (
                "permessage-deflate; client_max_window_bits=8",
                "permessage-deflate; client_max_window_bits=8"
            ),
            (
                "permessage-deflate; client_max_window_bits=\"10\"; server_max_window_bits=9",
                "permessage-deflate; server_max_window_bits=9; client_max_window_bits=10"
            ),
            (
                "permessage-deflate; server_max_window_bits=15",
                "permessage-deflate; server_max_window_bits=15"
            ),
            (
                "permessage-deflate; server_no_context_takeover",
                "permessage-deflate; server_no_context_takeover"
            ),
            (
                "permessage-deflate; client_no_context_takeover",
                "permessage-deflate; client_no_context_takeover"
            ),
            ("x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"),
            (
                "permessage-deflate; server_max_window_bits=8, permessage-deflate; "
                    + "server_max_window_bits=10, permessage-deflate",
                "permessage-deflate; server_max_window_bits=10"
            ),
            ("permessage-deflate; other, permessage-deflate", "permessage-deflate"),
        ])
    func answers(offers: String, expected: String) {
        #expect(Self.answer(offers, Self.keeping) == expected)
    }

    @Test(
        "an offer that is malformed, or wants the window for which zlib cannot write, is declined",
        arguments: [
            "", "permessage-bzip2", "Permessage-Deflate", "permessage-deflate; other",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; client_no_context_takeover=true",
            "permessage-deflate; server_max_window_bits",
            "permessage-deflate; server_max_window_bits=8",
            "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16",
            "permessage-deflate; server_max_window_bits=010",
            "permessage-deflate; server_max_window_bits=+9",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=10; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=99999999999999999999",
        ])
    func declines(offers: String) {
        #expect(Self.answer(offers, Self.keeping) == nil)
        #expect(Self.answer(offers, Self.forgetting) == nil)
    }

    @Test("a server that keeps no context says so, whatever was offered")
    func forgettingServer() throws {
        let offers = Self.elements("permessage-deflate; client_max_window_bits=12")

        let agreement = try #require(DeflateAgreement(offers: offers, Self.forgetting))

        #expect(
            agreement.response == "permessage-deflate; server_no_context_takeover; "
                + "client_no_context_takeover; client_max_window_bits=12")
        #expect(agreement.server == .init(windowBits: 15, keepsContext: false))
        #expect(agreement.client == .init(windowBits: 12, keepsContext: false))
    }

    // MARK: Client

    @Test("a client offers what it is set up for")
    func offers() {
        #expect(
            DeflateAgreement.offerText(Self.keeping)
                == "permessage-deflate; client_max_window_bits")
        #expect(
            DeflateAgreement.offerText(Self.forgetting)
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                + "client_max_window_bits")
    }

    @Test("a client does what the server answers")
    func understands() throws {
        let answer = Self.elements(
            "permessage-deflate; client_max_window_bits=9; server_max_window_bits=\"11\"; "
                + "server_no_context_takeover")

        let kept = try DeflateAgreement(answer: answer, to: Self.keeping)
        let forgotten = try DeflateAgreement(answer: answer, to: Self.forgetting)

        #expect(kept.server == .init(windowBits: 11, keepsContext: false))
        #expect(kept.client == .init(windowBits: 9, keepsContext: true))
        #expect(forgotten.client == .init(windowBits: 9, keepsContext: false))
    }

    @Test(
        "a client fails at an answer that fits no offer",
        arguments: [
            ("permessage-deflate, permessage-deflate", WebSocketOpeningError.unexpectedExtension),
            ("permessage-deflate, other", .unexpectedExtension),
            ("other", .unexpectedExtension),
            ("permessage-deflate; other", .wrongCompression),
            ("permessage-deflate; client_max_window_bits", .wrongCompression),
            ("permessage-deflate; client_max_window_bits=7", .wrongCompression),
            ("permessage-deflate; server_max_window_bits=16", .wrongCompression),
            (
                "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
                .wrongCompression
            ),
        ])
    func fails(text: String, expected: WebSocketOpeningError) {
        #expect(throws: expected) {
            try DeflateAgreement(answer: Self.elements(text), to: Self.keeping)
        }
    }

    @Test("a client that asked a server to forget fails if it does not promise that")
    func unpromised() throws {
        let answer = Self.elements("permessage-deflate; client_no_context_takeover")

        #expect(throws: WebSocketOpeningError.wrongCompression) {
            try DeflateAgreement(answer: answer, to: Self.forgetting)
        }
        #expect(throws: Never.self) {
            try DeflateAgreement(answer: answer, to: Self.keeping)
        }
    }

    @Test("both ends come to the same", arguments: [keeping, forgetting], [keeping, forgetting])
    func bothEnds(client: CompressionSettings, server: CompressionSettings) throws {
        let offers = Self.elements(DeflateAgreement.offerText(client))

        let agreement = try #require(DeflateAgreement(offers: offers, server))
        let understood = try DeflateAgreement(
            answer: Self.elements(agreement.response), to: client)

        #expect(understood.server == agreement.server)
        #expect(understood.client == agreement.client)
        let keepsContext = client.keepsContext && server.keepsContext
        #expect(agreement.server == .init(windowBits: 15, keepsContext: keepsContext))
        #expect(agreement.client == .init(windowBits: 15, keepsContext: keepsContext))
    }
}
