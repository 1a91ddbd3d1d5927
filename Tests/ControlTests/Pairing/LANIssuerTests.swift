import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct LANIssuerTests {
    private let now = Instant(nanoseconds: 0)
    private let source = SocketAddress.simulated(host: 1)

    private func call(
        _ nameplate: UInt32, _ direction: LANDatagram.Direction = .toIssuer
    ) -> [UInt8] {
        LANDatagram(direction, tag: LANDatagram.tag(of: nameplate), message: [1, 9]).encoded
    }

    @Test("only who names our number is heard")
    func filtering() {
        var issuer = LANIssuer(nameplate: 4_821)

        #expect(issuer.receive(call(4_821), from: source, now: now) == [1, 9])
        #expect(issuer.receive(call(4_822), from: source, now: now) == nil)
        #expect(issuer.receive(call(4_821, .toJoiner), from: source, now: now) == nil)
        #expect(issuer.receive([1, 2, 3], from: source, now: now) == nil)
        #expect(issuer.strangerCount == 1)
    }

    @Test("sixteen machines at once are heard, others when these have gone")
    func strangers() {
        var issuer = LANIssuer(nameplate: 1)
        for host in UInt16(1)...16 {
            #expect(issuer.receive(call(1), from: .simulated(host: host), now: now) != nil)
        }

        let late = SocketAddress.simulated(host: 17)
        #expect(issuer.receive(call(1), from: late, now: now) == nil)
        #expect(issuer.receive(call(1), from: .simulated(host: 3), now: now) != nil)
        #expect(issuer.strangerCount == LANIssuer.strangerLimit)
        #expect(issuer.receive(call(1), from: late, now: now + .seconds(10)) != nil)
        #expect(issuer.strangerCount == 1)
    }

    @Test("one machine is heard so often and no more, whatever its port")
    func rate() {
        var issuer = LANIssuer(nameplate: 1)
        var heard = 0
        for port in UInt16(1)...1_000 {
            let source = SocketAddress.simulated(host: 1, port: port)
            if issuer.receive(call(1), from: source, now: now) != nil { heard += 1 }
        }

        #expect(heard == LANIssuer.datagramLimit)
        #expect(issuer.receive(call(1), from: source, now: now + .seconds(10)) != nil)
    }
}
