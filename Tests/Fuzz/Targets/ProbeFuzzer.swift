import SRMUDP
import TestSupport

/// Probes, requests for keys and their answers: arbitrary ones, and ones with the transaction of
/// something that was asked.
///
/// Input: how the probe is asked (one byte), then records of one byte that chooses.
///
/// - 0...99: an arbitrary datagram of 64 bytes or less; a length (1 byte, modulo 70) and its bytes
/// - 100...199: an answer to something that was asked; which one (1 byte), an observed address (18
///   bytes) and a port (2 bytes)
/// - others: time passes
///
/// The low bits of the choice say where a datagram comes from. Whatever comes, a client asks a
/// bounded number of times and ends, and a server answers with no more bytes than it got.
package enum ProbeFuzzer {
    private static let recordLimit = 64

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        var world = World(input.byte())
        for _ in 0..<recordLimit where !input.isAtEnd {
            let choice = input.byte()
            switch choice {
            case 0..<100: world.take(input.take(Int(input.byte()) % 70), choice)
            case 100..<200: world.answer(choice, &input)
            default: world.pass(.milliseconds(10) * Int64(choice - 199))
            }
        }
        world.finish()
    }

    private struct World: ~Copyable {
        private static let server = SocketAddress.simulated(host: 1)
        private static let sources = [
            server, SocketAddress.simulated(host: 1, port: 7_001), .simulated(host: 2),
            SocketAddress.simulated(host: 3), LinkAddress(.webSocket, number: 1).socketAddress,
        ]
        private var probe: NetworkProbe
        private var query: KeyQuery
        private var responder: ProbeResponder
        private var now = Instant(nanoseconds: 1)
        private var asked: [[UInt8]] = []
        private var answerCount = 0

        init(_ choice: UInt8) {
            let random = SeededRandomSource(seed: 1)
            var options = NetworkProbe.Options(server: Self.server, localPort: 5_000)
            options.tests = NetworkProbe.Tests(rawValue: Int(choice & 3))
            options.otherPort = choice & 4 == 0 ? nil : 7_001
            options.further = choice & 8 == 0 ? [] : [.simulated(host: 2), .simulated(host: 3)]
            options.localAddresses = choice & 16 == 0 ? [] : [.loopbackIPv4]
            probe = NetworkProbe(options, random: random, now: now)
            query = KeyQuery(server: Self.server, random: random, now: now)
            guard let key = PublicKey([UInt8](0..<32)) else {
                preconditionFailure("32 bytes are a key")
            }
            responder = ProbeResponder(key: key, mainPort: 7_000, otherPort: 7_001, now: now)
            poll()
        }

        mutating func take(_ datagram: [UInt8], _ choice: UInt8) {
            let source = Self.sources[Int(choice) % Self.sources.count]
            probe.handle(datagram, from: source, now: now)
            query.handle(datagram, from: source, now: now)
            let answer = responder.answer(
                datagram, from: source, at: choice & 1 == 0 ? .main : .other, now: now)
            precondition(answer?.datagram.count ?? 0 <= datagram.count, "an amplifier")
            if answer != nil { answerCount += 1 }
            poll()
        }

        mutating func answer(_ choice: UInt8, _ input: inout FuzzInput) {
            guard !asked.isEmpty else { return }
            let question = asked[Int(input.byte()) % asked.count]
            let fields = input.take(20) + [UInt8](repeating: 0, count: 20)
            if let request = ProbeRequest(question),
                let observed = SocketAddress(encoded: [UInt8](fields.prefix(18)))
            {
                let port = UInt16(fields[18]) << 8 | UInt16(fields[19])
                let answer = ProbeAnswer(
                    transaction: request.transaction, observed: observed,
                    otherPort: port == 0 ? nil : port)
                precondition(ProbeAnswer(answer.encoded) == answer, "an answer changed")
                take(choice == 199 ? question : answer.encoded, choice)
            } else if let request = KeyRequest(question),
                let key = PublicKey(fields + fields.prefix(32 - fields.prefix(32).count))
                    ?? PublicKey([UInt8](fields.prefix(32)))
            {
                take(KeyAnswer(nonce: request.nonce, key: key).encoded, choice)
            }
        }

        mutating func pass(_ interval: Interval) {
            now += interval
            poll()
        }

        private mutating func poll() {
            while let sent = probe.pollTransmit(now: now) { ask(sent.datagram, sent.destination) }
            while let sent = query.pollTransmit(now: now) { ask(sent.datagram, sent.destination) }
        }

        private mutating func ask(_ datagram: [UInt8], _ destination: SocketAddress) {
            precondition(destination.port != 0, "sent to nowhere")
            asked.append(datagram)
        }

        mutating func finish() {
            for _ in 0..<100 {
                guard let due = [probe.nextTimeout, query.nextTimeout].compactMap({ $0 }).min()
                else { break }
                now = max(now, due)
                poll()
            }
            precondition(probe.nextTimeout == nil && query.nextTimeout == nil, "no end")
            precondition(probe.report.isComplete && !probe.report.sentences.isEmpty)
            precondition(asked.count <= 40, "asked without end")
            let observations = probe.report.observations
            precondition(observations.allSatisfy { $0.observed.isDialable }, "seen where nobody is")
            precondition(probe.report.predicted?.isDialable ?? true)
        }
    }
}
