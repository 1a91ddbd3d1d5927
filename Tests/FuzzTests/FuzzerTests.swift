import Control
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
    private static let environment = ProcessInfo.processInfo.environment
    private static let rounds = environment["P2PFWD_FUZZ_ROUNDS"].flatMap { Int($0) }
    private static let firstSeed = environment["P2PFWD_SEED"].flatMap { UInt64($0) } ?? 1

    @Test("every target has its corpus, and every corpus its target")
    func folders() throws {
        #expect(try FuzzCorpus.folders() == Set(FuzzTarget.all.map(\.name)))
    }

    @Test("the corpus is survived", arguments: FuzzTarget.all)
    func corpus(target: FuzzTarget) throws {
        let inputs = try FuzzCorpus.load(target.name)

        for input in inputs { target.run(input) }

        #expect(!inputs.isEmpty)
    }

    @Test("mutations of the corpus are survived", arguments: FuzzTarget.all)
    func mutations(target: FuzzTarget) throws {
        let inputs = try FuzzCorpus.load(target.name)
        for round in 0..<UInt64(Self.rounds ?? target.rounds) {
            let seed = Self.firstSeed + round
            let mutator = FuzzMutator(seed: seed, corpus: inputs)
            if Self.rounds != nil { print("\(target) P2PFWD_SEED=\(seed)") }
            target.run(mutator.makeInput())
        }
    }

    @Test("what is to be read of handovers can be read")
    func snapshots() throws {
        for (name, input) in FuzzSeeds.snapshots {
            #expect(throws: Never.self, "\(name)") { _ = try NodeSnapshot(decoding: input) }
        }
    }

    @Test(
        "the corpus is written",
        .enabled(if: environment["P2PFWD_WRITE_CORPUS"] != nil), arguments: FuzzTarget.all)
    func writeCorpus(target: FuzzTarget) throws {
        for (name, input) in FuzzSeeds.inputs(of: target.name) {
            try FuzzCorpus.save(input, name: name, target: target.name)
        }
    }
}
