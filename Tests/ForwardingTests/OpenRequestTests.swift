import TestSupport
import Testing

@testable import Forwarding

@Suite struct OpenRequestTests {
    @Test("a request is encoded byte by byte as the layout says")
    func encoding() throws {
        let request = try #require(OpenRequest(host: "db", port: 5432))

        #expect(request.encoded == [1, 1, 2, 0x64, 0x62, 0x15, 0x38])
        #expect(request.description == "db:5432")
        #expect(OpenRequest(host: "::1", port: 22)?.description == "[::1]:22")
    }

    @Test("a request that is read back is the same", arguments: [1, 2, 11, 254, 255])
    func roundTrip(length: Int) throws {
        let request = try #require(
            OpenRequest(host: String(repeating: "x", count: length), port: 1))

        #expect(try parse(request.encoded) == request)
    }

    @Test(
        "hosts and ports that do not fit are refused at construction",
        arguments: [
            ("", 1), (String(repeating: "x", count: 256), 1), ("host", 0), ("a b", 1),
            ("a\n", 1), ("\u{7f}", 1),
        ] as [(String, UInt16)])
    func construction(host: String, port: UInt16) {
        #expect(OpenRequest(host: host, port: port) == nil)
    }

    @Test(
        "bytes that are no request are refused at the first byte that shows it",
        arguments: [
            ([2], 1), ([0], 1), ([1, 0], 2), ([1, 2], 2), ([1, 1, 0], 3),
            ([1, 1, 1, 0x20, 0, 80], 6), ([1, 1, 1, 0xff, 0, 80], 6), ([1, 1, 1, 0x61, 0, 0], 6),
        ] as [([UInt8], Int)])
    func refusal(bytes: [UInt8], at position: Int) {
        var parser = OpenRequestParser()
        for (index, byte) in bytes.enumerated() {
            if index + 1 == position {
                #expect(throws: OpenRequestParser.Failure.self) { try parser.receive(byte) }
            } else {
                #expect(throws: Never.self) { try parser.receive(byte) }
            }
        }
    }

    @Test("no bytes stop the parser, and it never takes more than the longest request")
    func randomBytes() {
        let seed: UInt64 = 0x0be9_0001
        print("OpenRequestTests seed=\(seed)")
        let random = SeededRandomSource(seed: seed)
        for _ in 0..<5_000 {
            // Most inputs begin well, so that the later bytes are reached.
            var bytes = random.bytes(count: Int(random.next(below: 300)))
            if bytes.count > 2, random.next(below: 4) > 0 {
                bytes.replaceSubrange(0..<2, with: [1, 1])
            }
            var parser = OpenRequestParser()
            var taken = 0
            for byte in bytes {
                taken += 1
                do {
                    guard let request = try parser.receive(byte) else { continue }
                    #expect(request.encoded == Array(bytes[..<taken]))
                } catch {}
                break
            }
            #expect(taken <= 260)
        }
    }

    private func parse(_ bytes: [UInt8]) throws -> OpenRequest? {
        var parser = OpenRequestParser()
        for byte in bytes.dropLast() { #expect(try parser.receive(byte) == nil) }
        return try parser.receive(try #require(bytes.last))
    }
}
