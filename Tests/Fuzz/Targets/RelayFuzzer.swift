import SRMUDP
import TestSupport

/// Messages of relayed datagrams into a relay with channels in all states, and into a node's side.
///
/// Input: records of one byte that chooses.
///
/// - 0...199: a message; which address it comes from (the byte modulo 5), the size of its datagrams
///   (2 bytes, modulo 1500), their number (modulo 8), and for each a byte that chooses the ID. Where
///   that byte is 255 the datagram is taken from the input as it is
/// - 200...219: a side moves; 220...229: a channel ends; 230...239: sides are joined
/// - others: time passes
///
/// What goes out must have come in by a side of the same channel, from where that side was.
package enum RelayFuzzer {
    private static let recordLimit = 64

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        var world = World()
        for _ in 0..<recordLimit where !input.isAtEnd {
            let choice = input.byte()
            switch choice {
            case 0..<200: world.takeMessage(choice, &input)
            case 200..<220: world.move(choice, to: input.byte())
            case 220..<230: world.detach(choice)
            case 230..<240: world.join(choice, with: input.byte())
            default: world.pass(.seconds(Int64(choice) - 239))
            }
        }
        world.checkStatistics()
    }

    private struct World {
        private static let hosts: UInt16 = 5
        private let forwarder: RelayForwarder
        private let client: RelayClient
        private let carrier = RecordingCarrier()
        private var sides: [RelayChannelID] = []
        private var now = Instant(nanoseconds: 1)
        private var datagramCount = 0
        private var strayCount = 0

        init() {
            var limits = RelayTable.Limits()
            limits.rate = 20_000
            forwarder = RelayForwarder(
                table: RelayTable(limits: limits, random: SeededRandomSource(seed: 1)))
            client = RelayClient(carrier: carrier)
            for host in 0..<8 {
                let address = Self.address(UInt8(host))
                guard
                    let side = try? forwarder.table.attach(
                        at: address, source: address.ip, now: now)
                else { preconditionFailure("there is room for eight sides") }
                sides.append(side)
                precondition(client.open(side, server: Self.address(0)) != nil)
            }
            for index in [0, 2] {
                try? forwarder.table.join(sides[index], sides[index + 1], now: now)
            }
        }

        /// Four hosts and a WebSocket.
        private static func address(_ choice: UInt8) -> SocketAddress {
            let host = UInt16(choice) % hosts
            return host == 4
                ? LinkAddress(.webSocket, number: 1).socketAddress : .simulated(host: host)
        }

        private func side(_ choice: UInt8) -> RelayChannelID { sides[Int(choice) % sides.count] }

        mutating func takeMessage(_ choice: UInt8, _ input: inout FuzzInput) {
            let source = Self.address(choice)
            let size = input.number() % 1_500
            var datagrams: [[UInt8]] = []
            for _ in 0..<Int(input.byte() % 8) {
                let kind = input.byte()
                let channel = kind < 250 ? side(kind) : RelayChannelID(UInt64(kind))
                let start = kind == 255 ? input.take(size) : [0xf7] + channel.bytes
                let rest = [UInt8](repeating: kind, count: max(0, size - start.count))
                datagrams.append([UInt8]((start + rest).prefix(size)))
            }
            datagrams = datagrams.filter { $0.count == size && size > 0 }
            // The last of a message may be shorter.
            if let last = datagrams.popLast() {
                datagrams.append([UInt8](last.prefix(max(1, input.number() % 1_500))))
            }
            guard !datagrams.isEmpty else { return }
            datagramCount += datagrams.count
            forwarder.take(datagrams, from: source, carrier: carrier, now: now)
            check(carrier.takeSent(), from: source)
            client.take(datagrams, from: source, carrier: carrier, now: now)
        }

        private mutating func check(_ sent: [RecordingCarrier.Sent], from source: SocketAddress) {
            for batch in sent {
                for datagram in batch.datagrams {
                    guard let id = RelayChannelID(bytes: datagram.dropFirst().prefix(8)) else {
                        preconditionFailure("a datagram without a channel left")
                    }
                    precondition(datagram[0] == 0xf7, "another kind of datagram left")
                    if datagram.count == RelayFormat.headerLength {
                        precondition(batch.destination == source, "a stray of somebody else")
                        strayCount += 1
                    } else {
                        let address = forwarder.table.address(of: id)
                        precondition(address == batch.destination, "sent to where no side is")
                        precondition(forwarder.table.isJoined(id), "sent to a side that is alone")
                    }
                }
            }
        }

        func move(_ choice: UInt8, to place: UInt8) {
            forwarder.table.move(side(choice), to: Self.address(place))
            client.move(side(choice), to: Self.address(place))
        }

        func detach(_ choice: UInt8) {
            forwarder.table.detach(side(choice))
            client.close(side(choice))
        }

        func join(_ choice: UInt8, with other: UInt8) {
            try? forwarder.table.join(side(choice), side(other), now: now)
        }

        mutating func pass(_ interval: Interval) {
            now += interval
            _ = forwarder.table.expire(now: now)
        }

        /// Every datagram was forwarded, or dropped for a reason.
        func checkStatistics() {
            let statistics = forwarder.table.statistics
            let dropped = RelayStatistics.Drop.allCases.reduce(UInt64(0)) {
                $0 + statistics[$1].datagrams
            }
            precondition(
                statistics.forwarded.datagrams + dropped == UInt64(datagramCount),
                "a datagram was lost to the statistics")
            precondition(strayCount <= datagramCount)
        }
    }
}
