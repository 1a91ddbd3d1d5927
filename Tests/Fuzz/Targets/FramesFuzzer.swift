import SRMUDP
import TestSupport

/// Frames of a peer that has all keys and breaks all rules.
///
/// Input: records of one byte that chooses, and what it needs:
///
/// - 0...199: a packet; length (2 bytes, modulo 1400) and the frames follow
/// - 200...219: time passes, up to 2.5 s a step
/// - 220...239: our side writes
/// - others: our side reads all, finishes, resets or stops its streams
///
/// Our side must neither stop nor spin nor take more memory than it grants, and say why it closed.
package enum FramesFuzzer {
    private static let recordLimit = 64

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let pair = Pair.forFuzzing()
        precondition(pair.connect(), "a handshake on a perfect network cannot fail")
        pair.left.open(bytes: 2_000, ending: .leaveOpen)
        pair.right.open(bytes: 2_000, ending: .leaveOpen)
        pair.drive(for: .milliseconds(100))
        guard let peer = pair.left.connection, let connection = pair.right.connection else {
            preconditionFailure("both are connected")
        }
        // From now on the peer sends what we seal; it hears nothing and says nothing itself. Its
        // application wrote none of it, so the ledger is not asked any more.
        pair.network.pause(pair.host(.left))
        let now = pair.network.now
        var number = connection.nextExpectedPacketNumber
        for _ in 0..<recordLimit where !input.isAtEnd {
            let choice = input.byte()
            if choice < 200 {
                let frames = input.take(input.number() % 1_400)
                guard let packet = peer.sealPacket(frames: frames, number: number) else { break }
                number += 1 + UInt64(choice % 3)
                pair.network.inject(
                    SimulatedDatagram(
                        bytes: packet, source: Pair.leftAddress, destination: Pair.rightAddress))
            } else {
                act(choice, on: pair.right)
            }
            let pause: Interval = choice >= 200 && choice < 220 ? .milliseconds(125) : .zero
            pair.network.drive(for: .microseconds(10) + pause * Int64(choice % 20))
            check(pair)
        }
        pair.network.drive(for: .seconds(40))
        check(pair)
        precondition(pair.network.now > now, "time stood still")
    }

    private static func act(_ choice: UInt8, on endpoint: SimulatedEndpoint) {
        switch choice {
        case 220..<240: endpoint.write(bytes: Int(choice) * 16, to: Int(choice))
        case 240..<244: endpoint.finish(stream: Int(choice))
        case 244..<248: endpoint.reset(stream: Int(choice))
        case 248..<252: endpoint.stopReading(stream: Int(choice))
        case 252..<254: endpoint.application.stallReading(stream: Int(choice))
        case 254...: endpoint.resumeReading(stream: Int(choice))
        default: break
        }
    }

    private static func check(_ pair: Pair) {
        // What the peer sends is not what its application wrote, so contents are not compared.
        precondition(pair.network.violations.isEmpty, "\(pair.network.violations)")
        precondition(pair.right.violations.isEmpty, "\(pair.right.violations)")
        let excess = pair.right.excess()
        precondition(excess == nil, excess ?? "")
        precondition(pair.right.closed.count <= 1, "a connection closed twice")
    }
}
