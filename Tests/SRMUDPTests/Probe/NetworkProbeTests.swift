import TestSupport
import Testing

@testable import SRMUDP

@Suite("NetworkProbe")
struct NetworkProbeTests {
    private typealias NAT = ProbeWorld.NAT

    private static func examine(
        _ nat: NAT?, tests: NetworkProbe.Tests = [.filtering, .hairpin], further: Bool = false
    ) -> NetworkReport {
        let world = ProbeWorld(nat: nat)
        var options = world.options
        options.tests = tests
        if further { options.further = [ProbeWorld.further] }
        return world.examine(options)
    }

    @Test("an endpoint-independent NAT shows one address to both ports")
    func endpointIndependent() {
        let report = Self.examine(NAT())

        #expect(report.mapping == .endpointIndependent)
        #expect(report.observed == ProbeWorld.outside)
        #expect(report.filtering == .portDependent && report.hasHairpin == false)
        #expect(report.keepsPort == false && report.portStep == nil && report.predicted == nil)
        #expect(report.roundTrip == .milliseconds(40))
        #expect(report.isComplete && !report.isBlocked)
        #expect(
            report.sentences == [
                "The NAT shows us to all as 203.0.113.7:40000.",
                "Datagrams come in only from where we sent to.",
                "Our outside address cannot be reached from inside.",
                "The server answers in 40 ms.",
            ])
    }

    @Test("filtering, hairpin and a kept port are told apart")
    func kinds() {
        for filtering in [NAT.Filtering.none, .address, .port] {
            for isGood in [false, true] {
                let report = Self.examine(
                    NAT(filtering: filtering, keepsPort: isGood, hasHairpin: isGood))

                #expect(report.mapping == .endpointIndependent)
                #expect(
                    report.filtering
                        == (filtering == .port ? .portDependent : .portIndependent))
                #expect(report.hasHairpin == isGood && report.keepsPort == isGood)
            }
        }
    }

    @Test(
        "a NAT that counts can be predicted, one that throws dice cannot",
        arguments: [
            1, 2, -3, 977, -1_500,
        ])
    func portDependent(step: Int) throws {
        let report = Self.examine(NAT(mapping: .portDependent(step: step)), further: true)

        #expect(report.mapping == .portDependent)
        #expect(report.observations.count == 3)
        #expect(report.portStep != nil)
        let sentence = try #require(report.sentences.first)
        if abs(step) <= NetworkReport.largestStep {
            // Three questions to servers and the one to ourselves came before.
            let next = Int(ProbeWorld.outside.port) + 4 * step
            #expect(report.predicted == SocketAddress(ProbeWorld.outside.ip, port: UInt16(next)))
            #expect(sentence.hasSuffix("each time: it can be guessed."))
        } else {
            #expect(report.predicted == nil)
            #expect(sentence.hasSuffix("need a relay."))
        }
    }

    @Test("only a further server tells an address-dependent NAT from an independent one")
    func addressDependent() {
        let nat = NAT(mapping: .addressDependent(step: 1))

        #expect(Self.examine(nat).mapping == .endpointIndependent)
        let report = Self.examine(nat, further: true)

        #expect(report.mapping == .addressDependent)
        #expect(report.portStep == 1)
        #expect(report.predicted?.port == ProbeWorld.outside.port + 2)
    }

    @Test("without a NAT the server sees one of our own addresses")
    func noNAT() {
        let report = Self.examine(nil)

        #expect(report.mapping == .none && report.keepsPort == true)
        #expect(report.observed == ProbeWorld.inside)
        #expect(report.hasHairpin == nil && report.filtering == .portIndependent)
        #expect(
            report.sentences.first
                == "No NAT: the server sees us as 192.168.1.2:5000, an address of this machine.")
    }

    @Test("where nothing comes back, UDP is blocked, which is known after 3.1 seconds")
    func blocked() {
        let world = ProbeWorld(nat: NAT())
        world.isBlocked = true

        let report = world.examine(world.options)

        #expect(report.isBlocked && report.observed == nil && report.mapping == .unknown)
        #expect(world.now == Instant(nanoseconds: 3_100_000_000))
        #expect(world.sent.count == 5)
        #expect(
            report.sentences == [
                "No answer from 198.51.100.1:7070: UDP is blocked here, or the server is down."
            ])
    }

    @Test("lost datagrams are sent again", arguments: 0..<40)
    func losses(seed: UInt64) {
        let world = ProbeWorld(nat: NAT(filtering: .address, hasHairpin: true))
        let random = SeededRandomSource(seed: seed)
        world.losses = Set((0..<2).map { _ in Int(random.next(below: 8)) + 1 })
        var options = world.options
        options.tests = [.filtering, .hairpin]

        let report = world.examine(options)

        #expect(report.mapping == .endpointIndependent)
        #expect(report.filtering == .portIndependent && report.hasHairpin == true)
    }

    @Test("a mapping is known after one round trip where the other port is known")
    func quick() {
        let world = ProbeWorld(nat: NAT())
        var options = world.options
        options.otherPort = ProbeWorld.otherPort

        let report = world.examine(options)

        #expect(report.mapping == .endpointIndependent)
        #expect(world.now == Instant(nanoseconds: 40_000_000))
        #expect(world.sent.count == 2)
    }

    @Test("the other port is not asked before it is known what it may send to us")
    func order() throws {
        let world = ProbeWorld(nat: NAT())
        var options = world.options
        options.otherPort = ProbeWorld.otherPort
        options.tests = .filtering

        _ = world.examine(options)

        let other = SocketAddress(ProbeWorld.server.ip, port: ProbeWorld.otherPort)
        let first = try #require(world.sent.firstIndex { $0.destination == other })
        #expect(world.sent[..<first].count == 4)
        #expect(world.sent[first].time > Instant(nanoseconds: 300_000_000))
    }

    @Test("a server with one port tells where it sees us, and no more")
    func onePort() {
        let world = ProbeWorld(nat: NAT(), hasOtherPort: false)
        var options = world.options
        options.tests = [.filtering, .hairpin]

        let report = world.examine(options)

        #expect(report.observed == ProbeWorld.outside && report.mapping == .unknown)
        #expect(report.filtering == .unknown)
        #expect(report.sentences.first == "The server sees us as 203.0.113.7:40000.")
    }
}
