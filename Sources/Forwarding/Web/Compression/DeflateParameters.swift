/// The parameters of permessage-deflate, in an offer or in the answer (RFC 7692 section 7.1).
struct DeflateParameters: Equatable {
    static let windowBits = 8...15

    /// The server's messages shall not refer to earlier ones (section 7.1.1.1).
    var hasServerWithoutContext = false
    /// The same for the client's (section 7.1.1.2).
    var hasClientWithoutContext = false
    /// The largest window of the server's messages (section 7.1.2.1).
    var serverWindowBits: Int?
    /// The largest window of the client's messages (section 7.1.2.2).
    var clientWindowBits: Int?
    /// Whether the answer may say `clientWindowBits`: only a client that names the parameter, with a
    /// value or without, understands it.
    var mayLimitClient = false

    init() {}

    /// - Returns: nil unless `element` is permessage-deflate with parameters that are known, there
    ///   once, and in their range.
    init?(_ element: WebSocketExtension, isOffer: Bool) {
        guard element.name == DeflateAgreement.extensionName else { return nil }
        var names: Set<String> = []
        for parameter in element.parameters {
            guard names.insert(parameter.name).inserted else { return nil }
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): hasServerWithoutContext = true
            case ("client_no_context_takeover", nil): hasClientWithoutContext = true
            case ("server_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                serverWindowBits = bits
            case ("client_max_window_bits", let value?):
                guard let bits = Self.bits(value) else { return nil }
                clientWindowBits = bits
                mayLimitClient = true
            case ("client_max_window_bits", nil) where isOffer: mayLimitClient = true
            default: return nil
            }
        }
    }

    /// A number from 8 to 15 without leading zeros.
    private static func bits(_ text: String) -> Int? {
        windowBits.first { String($0) == text }
    }

    /// The element of the field that says all this.
    var text: String {
        var parts = [DeflateAgreement.extensionName]
        if hasServerWithoutContext { parts.append("server_no_context_takeover") }
        if hasClientWithoutContext { parts.append("client_no_context_takeover") }
        if let serverWindowBits { parts.append("server_max_window_bits=\(serverWindowBits)") }
        if let clientWindowBits {
            parts.append("client_max_window_bits=\(clientWindowBits)")
        } else if mayLimitClient {
            parts.append("client_max_window_bits")
        }
        return parts.joined(separator: "; ")
    }
}
