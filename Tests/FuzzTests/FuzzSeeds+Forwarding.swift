extension FuzzSeeds {
    static var forwardedDatagrams: [(name: String, input: [UInt8])] {
        [
            ("frame", [0, 4, 1, 2, 3]),
            ("frame-empty", [0, 0x40, 0x80]),
            ("frame-far", [0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
            ("records", [1, 5, 0, 1, 7, 0, 0, 4, 0, 2, 8, 9]),
            ("records-piecewise", [1, 1, 0, 1, 3, 2, 1, 2, 1, 3]),
            ("records-too-long", [1, 2, 0xff, 0xff]),
            ("client-ipv4", [2, 0, 0, 0, 1, 192, 0, 2, 1, 0, 53, 1, 2]),
            ("client-ipv6", [2, 0, 0, 0, 4, 0x20, 1, 0xd, 0xb8] + zeros(11) + [1, 0, 53, 1, 2]),
            ("client-name", [2, 0, 0, 0, 3, 3] + [UInt8]("a.b".utf8) + [0, 53, 1, 2]),
            ("client-fragment", [2, 0, 0, 1, 1, 192, 0, 2, 1, 0, 53, 1, 2]),
        ]
    }

    private static func zeros(_ count: Int) -> [UInt8] { [UInt8](repeating: 0, count: count) }
}
