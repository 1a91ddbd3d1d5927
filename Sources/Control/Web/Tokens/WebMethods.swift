/// The methods that may be called over HTTP, and patterns of their names.
enum WebMethods {
    /// Longer patterns are refused, in bytes.
    static let patternLimit = 128

    /// The name of the method that asks the node itself, and what the one of a peer ends with.
    static let ping = "_ping"
    static let peerPing = "._ping"

    /// What those may call who come with a client certificate, unless the configuration says
    /// otherwise: nothing that changes anything.
    static let defaultForCertificates = [
        ping, "*" + peerPing, "node.info", "node.status", "peers.list", "forward.list", "flow.list",
        "events.recent",
    ]

    /// - Throws: why `pattern` is none, or none that any method has.
    static func check(_ pattern: String) throws(ControlError) {
        let text = pattern.hasPrefix("!") ? String(pattern.dropFirst()) : pattern
        guard (1...patternLimit).contains(text.utf8.count), text.utf8.allSatisfy(isPatternByte)
        else {
            throw .invalidParameters(
                "'\(pattern.escapedForMessage)' is not a pattern of names",
                hint: "write a name such as node.status, or one with * for any text")
        }
        guard !text.hasSuffix(ping) else { return }
        let names = NodeMethod.allCases.map(\.rawValue)
        let patterns = NamePatterns([text])
        guard names.contains(where: patterns.match) || patterns.match(ping) else {
            throw .invalidParameters(
                "there is no method called '\(pattern.escapedForMessage)'",
                hint: nearest(to: text, among: names).map { "did you mean '\($0)'?" })
        }
    }

    private static func isPatternByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "._-*?".utf8.contains(byte)
        }
    }
}
