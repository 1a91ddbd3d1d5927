import SRMUDP
import TestSupport

/// Probes, requests for keys and relayed datagrams.
extension FuzzSeeds {
    static var probes: [(name: String, input: [UInt8])] {
        let transaction = ProbeTransaction([UInt8](1...12)[...])
        let datagrams: [(String, [UInt8])] = [
            ("probe", ProbeRequest(transaction: transaction).encoded),
            ("probe-other", ProbeRequest(transaction: transaction, wantsOtherPort: true).encoded),
            (
                "probe-answer",
                ProbeAnswer(
                    transaction: transaction, observed: .simulated(host: 4), otherPort: 7_001
                ).encoded
            ),
            ("key-request", KeyRequest(nonce: 1).encoded),
            ("key-answer", [0xf9, 1, 0, 0] + [UInt8](repeating: 7, count: 60)),
        ]
        let arbitrary = datagrams.map { ($0.0, [0, 5, 64] + $0.1) }
        let outside = SocketAddress.simulated(host: 4).encoded
        func answer(_ number: UInt8, _ choice: UInt8, _ observed: [UInt8]) -> [UInt8] {
            [choice, number] + observed + [0x1b, 0x59]
        }
        let nothing = [UInt8](repeating: 0, count: 18)
        return arbitrary + [
            ("answered", [0x13] + answer(0, 100, outside) + [230, 230] + answer(5, 101, outside)),
            ("all", [0x0f] + answer(0, 100, outside) + answer(1, 102, outside) + [255]),
            ("key", [0] + answer(1, 100, outside)),
            ("nowhere", [7] + answer(0, 100, nothing)),
            ("hairpin", [2] + answer(0, 100, outside) + answer(2, 199, outside)),
            ("silence", [3, 255, 255, 255, 255]),
        ]
    }

    static var relays: [(name: String, input: [UInt8])] {
        let run: [UInt8] = [0, 4, 0, 4, 0, 0, 0, 0, 0, 200]
        let mixed: [UInt8] = [1, 0, 100, 5, 1, 0, 3, 254, 7, 0, 100]
        let short: [UInt8] = [0, 0, 9, 2, 0, 0, 0, 9]
        let own: [UInt8] = [2, 0, 12, 1, 255, 0xf7, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 12]
        return [
            ("run", run), ("mixed", mixed), ("short", short), ("own", own),
            ("moved", [200, 4] + run + [4] + run.dropFirst() + [200, 0] + run),
            ("ended", run + [220] + run + [230, 3] + run),
            ("idle", run + [255, 255, 255, 255, 255, 255, 255, 255] + run),
            ("rate", [UInt8]((0..<20).map { _ in run }.joined()) + [240] + run),
        ]
    }
}
