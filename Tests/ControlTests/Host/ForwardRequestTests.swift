import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite("Forward requests")
struct ForwardRequestTests {
    private static func request(
        _ forwards: [String], udpTimeout: Lifetime? = nil
    ) throws -> ForwardRequest {
        let parser = ForwardParser(variables: { _ in nil }, services: { _ in nil })
        var options = ForwardOptions(
            peer: "homebox", forwards: try forwards.flatMap { try parser.parse(.local, $0) },
            connectTimeout: .longest, listen: nil, printsPorts: false, json: false)
        options.transport.udpTimeout = udpTimeout
        // As the node has it.
        options.meeting.family = .ipv4
        options.transport.hold = .minutes(1)
        return try #require(ForwardRequest(hosted: options))
    }

    @Test("what belongs to the node is left out, and all else comes back")
    func roundTrip() throws {
        let request = try Self.request(["8080:localhost:80", "/tmp/%%h:localhost:1"])

        let options = try request.options()

        #expect(options.forwards.map { "\($0)" }.count == 2)
        #expect(options.connectTimeout == .longest)
        #expect(options.meeting == MeetingSettings())
        #expect(ForwardRequest(hosted: options) == request)
    }

    @Test("requests are alike that differ in their forwards alone")
    func alike() throws {
        let request = try Self.request(["8080:localhost:80", "8081:localhost:81"])
        let other = try Self.request(["8082:localhost:82"])

        #expect(request.isLike(other) && request != other)
        #expect(!request.isLike(try Self.request(["8080:localhost:80"], udpTimeout: .minutes(2))))
        #expect(request.keeping([1]) == (try Self.request(["8081:localhost:81"])))
    }
}
