/// Finds ssh's escapes among the bytes that are typed at a forward in the foreground.
///
/// An escape is `~` and a letter, and only at the beginning of a line: of the first one, behind an
/// end of line, or behind another escape. What is no escape goes through as it is, `~~` as one `~`.
struct EscapeReader {
    enum Escape: Equatable {
        /// `~.`: end.
        case end
        /// `~#`: list what is forwarded.
        case list
        /// `~C`: ask for a line that adds or cancels a forward.
        case commandLine
        /// `~?`
        case help
    }

    enum Output: Equatable {
        case bytes([UInt8])
        case escape(Escape)
    }

    private enum State {
        case lineBegin
        /// A `~` at the beginning of a line was held back.
        case pending
        case withinLine
    }

    private var state = State.lineBegin

    /// - Returns: what is to be done with the bytes, in their order.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Output] {
        var outputs: [Output] = []
        for byte in bytes {
            switch state {
            case .lineBegin where byte == Self.tilde: state = .pending
            case .lineBegin, .withinLine: pass([byte], &outputs)
            case .pending:
                if let escape = Self.escapes[byte] {
                    outputs.append(.escape(escape))
                    state = .lineBegin
                } else {
                    pass(byte == Self.tilde ? [byte] : [Self.tilde, byte], &outputs)
                }
            }
        }
        return outputs
    }

    private mutating func pass(_ bytes: [UInt8], _ outputs: inout [Output]) {
        let endsLine = bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r")
        state = endsLine ? .lineBegin : .withinLine
        if case .bytes(let earlier) = outputs.last {
            outputs[outputs.count - 1] = .bytes(earlier + bytes)
        } else {
            outputs.append(.bytes(bytes))
        }
    }

    private static let tilde = UInt8(ascii: "~")

    private static let escapes: [UInt8: Escape] = [
        UInt8(ascii: "."): .end, UInt8(ascii: "#"): .list, UInt8(ascii: "C"): .commandLine,
        UInt8(ascii: "?"): .help,
    ]

    static let helpText = [
        "Escapes, at the beginning of a line:",
        "  ~.   end", "  ~#   list what is forwarded", "  ~C   add or cancel a forward",
        "  ~?   this list", "  ~~   the character ~",
    ]
}
