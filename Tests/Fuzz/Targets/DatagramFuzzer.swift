import SRMUDP
import TestSupport

/// Datagrams from anywhere into an endpoint with a living connection: arbitrary ones, and genuine
/// ones that were damaged, cut, repeated or sent from elsewhere.
///
/// Input: records of one byte that chooses.
///
/// - 0...99: an arbitrary datagram; length (2 bytes, modulo 1500) and its bytes follow
/// - 100...199: a genuine one; its place (2 bytes), a length to cut to (2 bytes), and 4 edits of an
///   offset (2 bytes) and a value to XOR
/// - others: time passes
///
/// The connection must live through all of it and then carry a flow.
package enum DatagramFuzzer {
    private static let recordLimit = 64

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let pair = Pair.forFuzzing()
        pair.network.isCapturing = true
        precondition(pair.connect(), "a handshake on a perfect network cannot fail")
        pair.open(from: .left, bytes: 3_000)
        pair.drive(for: .milliseconds(100))
        let genuine = pair.network.captured
        pair.network.isCapturing = false
        for _ in 0..<recordLimit where !input.isAtEnd {
            let choice = input.byte()
            switch choice {
            case 0..<100:
                let bytes = input.take(input.number() % 1_500)
                inject(bytes, choice, into: pair)
            case 100..<200:
                inject(damaged(genuine, &input), choice, into: pair)
            default:
                pair.drive(for: .milliseconds(50) * Int64(choice - 199))
            }
            pair.drive(for: .microseconds(10))
        }
        pair.open(from: .left, bytes: 3_000)
        let settled = pair.driveUntilRead(from: .left, within: .seconds(60))
        precondition(pair.violations.isEmpty, "\(pair.violations)")
        precondition(pair.left.closed.isEmpty && pair.right.closed.isEmpty, pair.summaries)
        precondition(settled, pair.summaries)
        checkAmplification(pair)
    }

    private static func damaged(
        _ genuine: [SimulatedDatagram], _ input: inout FuzzInput
    ) -> [UInt8] {
        var bytes = genuine[input.number() % genuine.count].bytes
        bytes = [UInt8](bytes.prefix(input.number()))
        for _ in 0..<4 where !bytes.isEmpty {
            let offset = input.number() % bytes.count
            bytes[offset] ^= input.byte()
        }
        return bytes
    }

    private static func inject(_ bytes: [UInt8], _ choice: UInt8, into pair: Pair) {
        let sources = [Pair.leftAddress, Pair.rightAddress, stranger]
        let destination = choice & 1 == 0 ? Pair.rightAddress : Pair.leftAddress
        pair.network.inject(
            SimulatedDatagram(
                bytes: bytes, source: sources[Int(choice) % 3], destination: destination,
                ecn: choice & 3))
    }

    private static let stranger = SocketAddress.simulated(host: 666)

    private static func checkAmplification(_ pair: Pair) {
        for side in Side.allCases {
            let traffic = pair.network.traffic.between(pair.host(side), stranger)
            precondition(traffic.bytesSent <= 3 * traffic.bytesReceived, "an amplifier")
        }
    }
}
