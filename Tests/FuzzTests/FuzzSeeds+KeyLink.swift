extension FuzzSeeds {
    /// For `KeyLinkMessagesFuzzer`: a size of pieces, and a stream.
    static var keyLinkMessages: [(name: String, input: [UInt8])] {
        let streams: [(String, [UInt8])] = [
            ("text", [1, 0, 5] + "h\u{e4}llo".utf8.prefix(5)),
            ("binary", [1, 1, 3, 0xff, 0, 0xfe]),
            ("empty", [1, 0, 0, 1, 0]),
            ("receipts", [1, 2, 1, 2, 0x40, 9, 2, 0xc0, 0, 0, 0, 0, 0, 0, 1]),
            ("longer", [1, 1, 0x40, 70] + [UInt8](repeating: 7, count: 70) + [0, 1, 0x61]),
            ("longest", [1, 1, 0x81, 0, 0, 0, 1, 2, 3]),
            ("too-long", [1, 1, 0x81, 0, 0, 1, 0]),
            ("not-utf8", [1, 0, 2, 0xc0, 0x80]),
            ("version", [2, 0, 1, 0x61]),
            ("kind", [1, 3, 0]),
            ("cut", [1, 0, 9, 0x61]),
        ]
        return streams.flatMap { name, stream in
            [(name, [255] + stream), ("\(name)-pieces", [0] + stream)]
        }
    }
}
