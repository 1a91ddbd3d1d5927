extension FuzzSeeds {
    /// For `InflateFuzzer`: a choice and a field, or settings and messages.
    static var compressions: [(name: String, input: [UInt8])] {
        let fields: [(String, String)] = [
            ("offer", "permessage-deflate; client_max_window_bits"),
            (
                "offer-all",
                """
                permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                server_max_window_bits=10; client_max_window_bits=\"12\"
                """
            ),
            (
                "offers",
                """
                permessage-deflate; server_max_window_bits=8, x-webkit-deflate-frame, \
                permessage-deflate; server_max_window_bits=9, permessage-deflate
                """
            ),
            ("offer-twice", "permessage-deflate; client_max_window_bits; client_max_window_bits=9"),
            ("offer-range", "permessage-deflate; server_max_window_bits=16"),
            ("quoted", "a; b=\"\\c\", , permessage-deflate"),
            ("malformed", "permessage-deflate; =, b=\"c"),
        ]
        let hello: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]
        let last: [UInt8] = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]
        let again: [UInt8] = [0xf2, 0x00, 0x11, 0x00, 0x00]
        // 1,000 bytes and more of one kind, and a block with its own code.
        let zeros: [UInt8] = [0x62, 0x60, 0x18, 0x05, 0xa3, 0x60, 0x14, 0x0c, 0x77, 0x00, 0x00]
        let messages: [(String, [[UInt8]])] = [
            ("hello", [hello]), ("context", [hello, again, last, again]),
            ("stored", [[0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00]]),
            ("blocks", [[0xf2, 0x48, 0x05, 0, 0, 0, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0]]),
            ("empty", [[0x00], [0x02, 0x00], []]), ("zeros", [zeros]),
            ("bomb", [zeros.dropLast(2) + [UInt8](repeating: 0xa3, count: 300) + [0, 0]]),
            ("malformed", [[0x06, 0xff, 0xff]]), ("text", [[0x6a, 0x00, 0x00]]),
        ]
        var inputs: [(String, [UInt8])] = []
        for (name, text) in fields {
            for settings: UInt8 in [0, 2] {
                inputs.append(("\(name)-\(settings)", [settings] + [UInt8](text.utf8)))
            }
        }
        for (name, payloads) in messages {
            inputs.append(("\(name)-text", [0x01] + records(payloads, kind: 0)))
            inputs.append(("\(name)-binary", [0x17] + records(payloads, kind: 1)))
        }
        return inputs
    }

    private static func records(_ payloads: [[UInt8]], kind: UInt8) -> [UInt8] {
        var bytes: [UInt8] = []
        for payload in payloads {
            bytes += [kind, UInt8(payload.count >> 8), UInt8(payload.count & 0xff)]
            bytes += payload
        }
        return bytes
    }
}
