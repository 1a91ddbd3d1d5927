/// What the ends of a WebSocket agreed on about compression: permessage-deflate (RFC 7692 section 7).
package struct DeflateAgreement: Equatable, Sendable {
    package static let extensionName = "permessage-deflate"

    /// How the messages of one end are compressed.
    package struct Direction: Equatable, Sendable {
        /// The largest window, as a power of two of bytes.
        package let windowBits: Int
        /// Whether messages may refer to earlier ones.
        package let keepsContext: Bool
    }

    /// The server's messages.
    package let server: Direction
    /// The client's messages.
    package let client: Direction
    /// What the server says of it in its answer.
    package let response: String

    private init(_ answer: DeflateParameters) {
        server = Direction(
            windowBits: answer.serverWindowBits ?? DeflateParameters.windowBits.upperBound,
            keepsContext: !answer.hasServerWithoutContext)
        client = Direction(
            windowBits: answer.clientWindowBits ?? DeflateParameters.windowBits.upperBound,
            keepsContext: !answer.hasClientWithoutContext)
        response = answer.text
    }

    // MARK: Server

    /// Answers a client's offers.
    ///
    /// The first that can be met is taken. One with parameters that are unknown, there twice or out
    /// of range is none, nor is one that wants our messages in the smallest window, for which zlib
    /// cannot write: both are declined as section 7.1 has it, and the WebSocket opens all the same.
    ///
    /// - Returns: nil if no offer is taken.
    package init?(offers: [WebSocketExtension], _ settings: CompressionSettings) {
        let known = offers.lazy.compactMap { DeflateParameters($0, isOffer: true) }
        let offer = known.first { offer in
            offer.serverWindowBits.map(DeflateStream.windowBits.contains) ?? true
        }
        guard var answer = offer else { return nil }
        // A server may forbid either kind of context whatever was offered (sections 7.1.1.1 and
        // 7.1.1.2). Whether a client's promises are repeated is up to it; here they are.
        if !settings.keepsContext {
            answer.hasServerWithoutContext = true
            answer.hasClientWithoutContext = true
        }
        // What the client only understands needs no answer.
        answer.mayLimitClient = answer.clientWindowBits != nil
        self.init(answer)
    }

    // MARK: Client

    /// What a client asks for.
    private static func offer(_ settings: CompressionSettings) -> DeflateParameters {
        var offer = DeflateParameters()
        offer.hasServerWithoutContext = !settings.keepsContext
        offer.hasClientWithoutContext = !settings.keepsContext
        offer.mayLimitClient = true
        return offer
    }

    /// The offer of a client, as its field says it.
    package static func offerText(_ settings: CompressionSettings) -> String {
        offer(settings).text
    }

    /// Reads the server's answer to the offer of `settings`.
    ///
    /// - Throws: what is wrong with it: then the client has to fail (section 5.1).
    package init(
        answer elements: [WebSocketExtension], to settings: CompressionSettings
    ) throws(WebSocketOpeningError) {
        guard elements.count == 1, elements[0].name == Self.extensionName else {
            throw .unexpectedExtension
        }
        guard var answer = DeflateParameters(elements[0], isOffer: false) else {
            throw .wrongCompression
        }
        let offer = Self.offer(settings)
        // A server that takes the offer has to repeat this one.
        guard answer.hasServerWithoutContext || !offer.hasServerWithoutContext else {
            throw .wrongCompression
        }
        // What we promised holds whether it is repeated or not.
        if offer.hasClientWithoutContext { answer.hasClientWithoutContext = true }
        self.init(answer)
    }
}
