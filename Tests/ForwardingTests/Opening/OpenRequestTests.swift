import SRMUDP
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

    @Test("every kind is encoded as the layout says, and read back the same")
    func kinds() throws {
        let key = try #require(PublicKey([UInt8](1...32)))
        let dns = try #require(HostPort(host: "d", port: 53))
        let path = try #require(SocketPath("/s"))
        let id = ListenerID(0x0102_0304)
        let listens: [(ListenRequest.Place, Bool)] = [
            (.tcp(host: "", port: 0), true), (.udp(host: "d", port: 53), false),
            (.socket(path), true),
        ]
        let requests: [(OpenRequest, [UInt8])] =
            [
                (.connect(.tcp(dns), isDynamic: true), [1, 0x81, 1, 0x64, 0, 53]),
                (.connect(.socket(path), isDynamic: false), [1, 2, 2, 0x2f, 0x73]),
                (.connect(.udp(dns), isDynamic: false), [1, 3, 1, 0x64, 0, 53]),
                (.connect(.udp(dns), isDynamic: true), [1, 0x83, 1, 0x64, 0, 53]),
                (
                    .accepted(
                        try #require(
                            AcceptedConnection(listener: id, origin: "o", target: .tcp(dns)))),
                    [1, 5, 1, 2, 3, 4, 6, 1, 0x6f, 1, 0x64, 0, 53]
                ),
                (
                    .accepted(
                        try #require(AcceptedConnection(listener: id, origin: "", target: nil))),
                    [1, 5, 1, 2, 3, 4, 0, 0]
                ),
                (.pipe, [1, 6]), (.relay(to: key), [1, 7] + key.bytes),
                (.relayed(from: key), [1, 8] + key.bytes),
                (
                    .measure(try #require(MeasureRequest(.down, milliseconds: 10_000))),
                    [1, 9, 1, 0x27, 0x10]
                ),
            ]
            + zip(
                try listens.map { place, isDynamic in
                    OpenRequest.listen(
                        try #require(ListenRequest(id: id, place: place, isDynamic: isDynamic)))
                },
                [
                    [1, 4, 1, 2, 3, 4, 6, 1, 0, 0, 0], [1, 4, 1, 2, 3, 4, 17, 0, 1, 0x64, 0, 53],
                    [1, 4, 1, 2, 3, 4, 1, 1, 2, 0x2f, 0x73],
                ])

        for (request, bytes) in requests {
            #expect(request.encoded == bytes)
            #expect(try parse(bytes) == request)
        }
    }

    @Test("the users of a proxy follow the place")
    func users() throws {
        let users = try (1...2).map { number in
            try #require(ProxyUserDigest([UInt8](repeating: number, count: 32)))
        }
        let request = OpenRequest.listen(
            try #require(
                ListenRequest(
                    id: ListenerID(1), place: .tcp(host: "", port: 0), isDynamic: true,
                    users: users)))

        let bytes: [UInt8] = [1, 4, 0, 0, 0, 1, 6, 3, 0, 0, 0, 2] + users.flatMap(\.bytes)
        #expect(request.encoded == bytes)
        #expect(try parse(bytes) == request)
        #expect("\(users[0]) \(String(reflecting: users[0]))" == "<redacted> <redacted>")
    }

    @Test("what cannot be asked for is refused at construction")
    func impossible() throws {
        let udp = ListenRequest.Place.udp(host: "", port: 0)
        let path = Target.socket(try #require(SocketPath("/s")))
        #expect(ListenRequest(id: ListenerID(1), place: udp, isDynamic: true) == nil)
        let user = try #require(ProxyUserDigest([UInt8](repeating: 0, count: 32)))
        let tcp = ListenRequest.Place.tcp(host: "", port: 0)
        let crowd = Array(repeating: user, count: ListenRequest.userLimit + 1)
        #expect(ProxyUserDigest([1]) == nil)
        #expect(
            ListenRequest(id: ListenerID(1), place: tcp, isDynamic: false, users: [user]) == nil)
        #expect(ListenRequest(id: ListenerID(1), place: tcp, isDynamic: true, users: crowd) == nil)
        #expect(AcceptedConnection(listener: ListenerID(1), origin: "", target: path) == nil)
        #expect(AcceptedConnection(listener: ListenerID(1), origin: "a\n", target: nil) == nil)
        #expect(SocketPath("") == nil)
        #expect(SocketPath(String(repeating: "x", count: 108)) == nil)
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
            ([2], 1), ([0], 1), ([1, 0], 2), ([1, 10], 2), ([1, 0x82], 2), ([1, 0x89], 2),
            ([1, 9, 2], 3), ([1, 9, 0, 0, 0], 5), ([1, 9, 1, 0xea, 0x61], 5), ([1, 1, 0], 3),
            ([1, 4, 0, 0, 0, 0, 6, 2], 8), ([1, 4, 0, 0, 0, 0, 6, 4], 8),
            ([1, 4, 0, 0, 0, 0, 6, 3, 0, 0, 0, 0], 12),
            ([1, 4, 0, 0, 0, 0, 6, 3, 0, 0, 0, 65], 12), ([1, 5, 0, 0, 0, 0, 9], 7),
            ([1, 5, 0, 0, 0, 0, 1, 0], 8),
            ([1, 1, 1, 0x20, 0, 80], 6), ([1, 1, 1, 0xff], 4), ([1, 1, 1, 0x61, 0, 0], 6),
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
                bytes.replaceSubrange(0..<2, with: [1, UInt8(1 + random.next(below: 9))])
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
            #expect(taken <= 2_315)
        }
    }

    private func parse(_ bytes: [UInt8]) throws -> OpenRequest? {
        var parser = OpenRequestParser()
        for byte in bytes.dropLast() { #expect(try parser.receive(byte) == nil) }
        return try parser.receive(try #require(bytes.last))
    }
}
