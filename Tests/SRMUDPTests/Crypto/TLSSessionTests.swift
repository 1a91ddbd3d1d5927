import TestSupport
import Testing

@testable import SRMUDP

@Suite struct TLSSessionTests {
    /// Moves all ciphertext of one session to the other.
    private static func carry(from sender: TLSSession, to receiver: TLSSession) {
        var storage = ByteStorage(count: 1000)
        while sender.ciphertextCount > 0 {
            let count = sender.takeCiphertext(into: &storage, 0..<storage.count)
            receiver.receive(storage, 0..<count)
        }
    }

    /// Goes on with both handshakes until they are done or fail.
    private static func shakeHands(
        _ client: TLSSession, _ server: TLSSession
    ) throws(TLSError) {
        for _ in 0..<10 where !(client.isEstablished && server.isEstablished) {
            let result = Result { () throws(TLSError) in try client.handshake() }
            carry(from: client, to: server)
            _ = try result.get()
            _ = try server.handshake()
            carry(from: server, to: client)
        }
    }

    private static func server(
        _ certificate: String = "server.pem"
    ) throws(TLSError) -> TLSSession {
        TLSSession(
            serverOf: try TLSContext.server(
                certificateFile: TestCertificates.path(certificate),
                keyFile: TestCertificates.path("server.key")))
    }

    private static func client(_ name: String = "localhost") throws(TLSError) -> TLSSession {
        let authorities = TLSContext.Authorities.file(TestCertificates.path("authority.pem"))
        return TLSSession(
            clientOf: try TLSContext.client(trusting: authorities), serverName: name)
    }

    private static func error(
        server certificate: String, name: String = "localhost"
    ) throws -> TLSError? {
        let (client, server) = (try client(name), try server(certificate))
        do throws(TLSError) {
            try shakeHands(client, server)
            return nil
        } catch {
            return error
        }
    }

    /// Reads all that is there.
    private static func read(_ session: TLSSession) throws -> [UInt8] {
        var storage = ByteStorage(count: 5000)
        var bytes: [UInt8] = []
        while case .bytes(let count) = try session.read(into: &storage, 0..<storage.count) {
            bytes += storage.array(0..<count)
        }
        return bytes
    }

    @Test("bytes arrive as they were, in both directions and in any amount")
    func data() throws {
        let (client, server) = (try Self.client(), try Self.server())
        try Self.shakeHands(client, server)
        let question = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }

        try client.write(ByteStorage(question), 0..<question.count)
        Self.carry(from: client, to: server)
        let arrived = try Self.read(server)
        try server.write(ByteStorage([1, 2, 3]), 1..<3)
        Self.carry(from: server, to: client)
        let answer = try Self.read(client)

        #expect(arrived == question)
        #expect(answer == [2, 3])
        #expect(client.version == "TLSv1.3")
        #expect(client.negotiatedProtocol == "http/1.1")
        #expect(server.negotiatedProtocol == "http/1.1")
    }

    @Test("the end of one direction is seen")
    func end() throws {
        let (client, server) = (try Self.client(), try Self.server())
        try Self.shakeHands(client, server)
        var storage = ByteStorage(count: 10)

        let before = try server.read(into: &storage, 0..<10)
        client.end()
        Self.carry(from: client, to: server)
        let after = try server.read(into: &storage, 0..<10)

        #expect(before == .incomplete)
        #expect(after == .end)
    }

    @Test(
        "names and addresses in the certificate are taken",
        arguments: ["localhost", "LOCALHOST", "node.p2pfwd.test", "127.0.0.1", "::1"])
    func names(name: String) throws {
        #expect(try Self.error(server: "server.pem", name: name) == nil)
    }

    @Test(
        "other names and addresses are not",
        arguments: ["example.org", "p2pfwd.test", "a.b.p2pfwd.test", "127.0.0.2", "::2"])
    func otherNames(name: String) throws {
        let error = try Self.error(server: "server.pem", name: name)

        #expect(error == .nameMismatch(name))
        #expect(error?.description == "the server's certificate is not for \(name)")
    }

    @Test(
        "a bad certificate is told by its fault",
        arguments: [
            ("self-signed.pem", TLSError.selfSigned), ("expired.pem", .expired),
            ("future.pem", .notYetValid),
        ])
    func badCertificates(name: String, expected: TLSError) throws {
        #expect(try Self.error(server: name) == expected)
    }

    @Test("an authority that the system does not know is none")
    func unknownAuthority() throws {
        let client = TLSSession(clientOf: try TLSContext.client(), serverName: "localhost")
        let server = try Self.server()

        #expect(throws: TLSError.unknownAuthority) { try Self.shakeHands(client, server) }
    }

    @Test("the server hears that the client did not trust it")
    func refusal() throws {
        let (client, server) = (try Self.client("example.org"), try Self.server())
        #expect(throws: TLSError.nameMismatch("example.org")) {
            try Self.shakeHands(client, server)
        }

        let error = #expect(throws: TLSError.self) { try server.handshake() }

        guard case .refused = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("what is no TLS is told as such, by both sides")
    func otherProtocols() throws {
        let (client, server) = (try Self.client(), try Self.server())
        let response = [UInt8]("HTTP/1.1 400 Bad Request\r\n\r\n".utf8)
        let request = [UInt8]("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
        _ = try client.handshake()

        client.receive(ByteStorage(response), 0..<response.count)
        server.receive(ByteStorage(request), 0..<request.count)

        #expect(throws: TLSError.notTLS) { try client.handshake() }
        #expect(throws: TLSError.notTLS) { try client.handshake() }
        #expect(throws: TLSError.notTLS) { try server.handshake() }
    }

    @Test("any damage to the ciphertext ends the session")
    func damage() throws {
        let (client, server) = (try Self.client(), try Self.server())
        try Self.shakeHands(client, server)
        var storage = ByteStorage(count: 1000)
        try client.write(ByteStorage([1, 2, 3]), 0..<3)
        let count = client.takeCiphertext(into: &storage, 0..<1000)

        storage[count - 1] ^= 1
        server.receive(storage, 0..<count)

        #expect(throws: TLSError.self) { try Self.read(server) }
        #expect(throws: TLSError.self) { try server.write(storage, 0..<1) }
    }
}
