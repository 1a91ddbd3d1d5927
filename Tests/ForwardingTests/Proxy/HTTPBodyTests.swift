import Forwarding
import Testing

@Suite struct HTTPBodyTests {
    /// How many bytes are taken, in pieces of that length; nil for an error.
    private static func taken(
        _ framing: HTTPBody.Framing, _ text: String, pieceLength: Int = 1
    ) -> (count: Int, isComplete: Bool)? {
        var body = HTTPBody(framing)
        let bytes = [UInt8](text.utf8)
        var count = 0
        for start in stride(from: 0, to: bytes.count, by: pieceLength) {
            let piece = [UInt8](bytes[start..<min(start + pieceLength, bytes.count)])
            guard let taken = try? body.receive(piece.span.bytes) else { return nil }
            count += taken
            if taken < piece.count { break }
        }
        return (count, body.isComplete)
    }

    @Test("a body with a length ends there")
    func lengths() {
        #expect(HTTPBody(.length(0)).isComplete)
        #expect(Self.taken(.length(3), "abcdef").map { $0 == (3, true) } == true)
        #expect(Self.taken(.length(9), "abcdef").map { $0 == (6, false) } == true)
        #expect(Self.taken(.untilEnd, "abcdef").map { $0 == (6, false) } == true)
    }

    @Test("chunks end with the empty one and its trailer", arguments: [1, 2, 3, 5, 100])
    func chunks(pieceLength: Int) {
        let bodies = [
            "0\r\n\r\n", "3\r\nabc\r\n0\r\n\r\n", "00A;x=\"y\"\r\n0123456789\r\n0 \r\n\r\n",
            "1\r\n\r\r\n0\r\nA: b\r\nC: d\r\n\r\n",
        ]
        for body in bodies {
            let taken = Self.taken(.chunked, body + "GET", pieceLength: pieceLength)
            #expect(taken?.count == body.utf8.count)
            #expect(taken?.isComplete == true)
        }
    }

    @Test(
        "chunks that are read in different ways are refused",
        arguments: [
            "\r\n", "g\r\n", "-1\r\n", "1\n", "1\r\nab", "1\r\na\n", "1\r\na\rb", "1;\n",
            "0\r\n\n", "0\r\nA\n", "0\r\n\rA", "0x1\r\n", "1\r\na\r\n\r\n",
            "1000000000000000\r\n", "1;" + String(repeating: "a", count: 8193),
            "0\r\n" + String(repeating: "a: b\r\n", count: 3000),
        ])
    func malformed(text: String) {
        #expect(Self.taken(.chunked, text) == nil)
    }
}
