import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct LANJoinerTests {
    private let address = SocketAddress.simulated(host: 1)
    private let m3: [UInt8] = [3, 9, 9]

    private func joiner(seed: UInt64 = 1) -> LANJoiner {
        LANJoiner(
            nameplate: 4_821, firstMessage: [1, 7], random: SeededRandomSource(seed: seed),
            now: Instant(nanoseconds: 0))
    }

    private func datagram(_ message: [UInt8]) -> [UInt8] {
        LANDatagram(.toIssuer, tag: LANDatagram.tag(of: 4_821), message: message).encoded
    }

    /// All that goes out until `end`, with its time.
    private func drain(
        _ joiner: inout LANJoiner, until end: Instant
    ) -> [(time: Instant, transmit: LANJoiner.Transmit)] {
        var sent: [(Instant, LANJoiner.Transmit)] = []
        var now = Instant(nanoseconds: 0)
        while now <= end {
            while let transmit = joiner.pollTransmit(now: now) { sent.append((now, transmit)) }
            guard let next = joiner.nextTimeout else { break }
            #expect(next > now)
            now = next
        }
        return sent
    }

    @Test("it calls the groups about four times a second, never quite regularly")
    func calling() {
        var joiner = joiner()

        let sent = drain(&joiner, until: Instant(nanoseconds: 0) + .seconds(10))

        #expect(sent.allSatisfy { $0.transmit == .toGroups(datagram([1, 7])) })
        #expect((33...51).contains(sent.count))
        let gaps = zip(sent, sent.dropFirst()).map { $1.time - $0.time }
        #expect(gaps.allSatisfy { $0 >= .milliseconds(200) && $0 <= .milliseconds(300) })
        #expect(Set(gaps).count > 3)
    }

    @Test("once answered, it repeats m3 to who answered, until it is over")
    func confirming() {
        var joiner = joiner()
        let second = SocketAddress.simulated(host: 2)
        let start = Instant(nanoseconds: 0)
        joiner.send(m3, to: address, now: start)
        joiner.send(m3, to: second, now: start)
        joiner.send(m3, to: address, now: start)

        let sent = drain(&joiner, until: start + .seconds(2)).map(\.transmit)
        joiner.stop()

        #expect(sent.filter { $0 == .toAddress(datagram(m3), address) }.count > 5)
        #expect(sent.filter { $0 == .toAddress(datagram(m3), second) }.count > 5)
        #expect(sent.allSatisfy { $0 != .toGroups(datagram([1, 7])) })
        #expect(joiner.pollTransmit(now: start + .seconds(9)) == nil && joiner.nextTimeout == nil)
    }

    @Test("an abort goes out once, even when all is over")
    func abort() {
        var joiner = joiner()
        let start = Instant(nanoseconds: 0)
        joiner.stop()
        joiner.send([15, 1], to: address, now: start)

        #expect(joiner.pollTransmit(now: start) == .toAddress(datagram([15, 1]), address))
        #expect(joiner.pollTransmit(now: start + .seconds(9)) == nil)
    }

    @Test("only answers to our number are heard, not calls")
    func filtering() {
        let joiner = joiner()
        func answer(_ nameplate: UInt32) -> [UInt8] {
            LANDatagram(.toJoiner, tag: LANDatagram.tag(of: nameplate), message: [2]).encoded
        }

        #expect(joiner.receive(answer(4_821)) == [2])
        #expect(joiner.receive(answer(4_822)) == nil)
        #expect(joiner.receive(datagram([1, 7])) == nil)
        #expect(joiner.receive([]) == nil)
    }

    @Test("what waits to be sent is bounded")
    func bounds() {
        var joiner = joiner()
        for host in UInt16(1)...200 {
            joiner.send(m3, to: .simulated(host: host), now: Instant(nanoseconds: 0))
        }

        var count = 0
        while joiner.pollTransmit(now: Instant(nanoseconds: 0)) != nil { count += 1 }

        #expect(count == 16)
    }
}
