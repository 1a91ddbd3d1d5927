import Foundation
import FuzzTargets
import TestSupport
import Testing

/// The fuzz targets without a fuzzer: the committed corpus, and seeded mutations of it.
///
/// `P2PFWD_FUZZ_ROUNDS` sets the number of mutations for each target; `P2PFWD_SEED` where their
/// seeds begin. A crash names its seed in the last line printed.
@Suite("Fuzzers")
struct FuzzerTests {
    struct Target: CustomStringConvertible, Sendable {
        let name: String
        let rounds: Int
        let run: @Sendable ([UInt8]) -> Void

        var description: String { name }
    }

    static let targets = [
        Target(name: "FuzzDatagram", rounds: 300) { DatagramFuzzer.run($0) },
        Target(name: "FuzzForwardedDatagram", rounds: 20_000) { ForwardedDatagramFuzzer.run($0) },
        Target(name: "FuzzFrames", rounds: 300) { FramesFuzzer.run($0) },
        Target(name: "FuzzHTTPHead", rounds: 10_000) { HTTPHeadFuzzer.run($0) },
        Target(name: "FuzzHandshake", rounds: 2_000) { HandshakeFuzzer.run($0) },
        Target(name: "FuzzPairing", rounds: 2_000) { PairingFuzzer.run($0) },
        Target(name: "FuzzPortMapping", rounds: 5_000) { PortMappingFuzzer.run($0) },
        Target(name: "FuzzProbe", rounds: 5_000) { ProbeFuzzer.run($0) },
        Target(name: "FuzzRelay", rounds: 2_000) { RelayFuzzer.run($0) },
        Target(name: "FuzzRendezvous", rounds: 20_000) { RendezvousFuzzer.run($0) },
        Target(name: "FuzzTicket", rounds: 20_000) { TicketFuzzer.run($0) },
        Target(name: "FuzzWebSocket", rounds: 5_000) { WebSocketFuzzer.run($0) },
    ]

    private static let environment = ProcessInfo.processInfo.environment
    private static let rounds = environment["P2PFWD_FUZZ_ROUNDS"].flatMap { Int($0) }
    private static let firstSeed = environment["P2PFWD_SEED"].flatMap { UInt64($0) } ?? 1

    @Test("the corpus is survived", arguments: targets)
    func corpus(target: Target) throws {
        let inputs = try FuzzCorpus.load(target.name)

        for input in inputs { target.run(input) }

        #expect(!inputs.isEmpty)
    }

    @Test("mutations of the corpus are survived", arguments: targets)
    func mutations(target: Target) throws {
        let inputs = try FuzzCorpus.load(target.name)
        for round in 0..<UInt64(Self.rounds ?? target.rounds) {
            let seed = Self.firstSeed + round
            let mutator = FuzzMutator(seed: seed, corpus: inputs)
            if Self.rounds != nil { print("\(target) P2PFWD_SEED=\(seed)") }
            target.run(mutator.makeInput())
        }
    }

    @Test(
        "the corpus is written",
        .enabled(if: environment["P2PFWD_WRITE_CORPUS"] != nil), arguments: targets)
    func writeCorpus(target: Target) throws {
        for (name, input) in FuzzSeeds.inputs(of: target.name) {
            try FuzzCorpus.save(input, name: name, target: target.name)
        }
    }
}
