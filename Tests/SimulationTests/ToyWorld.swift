import SRMUDP
import TestSupport

/// Two hosts that send what they are told and keep what they get.
struct ToyWorld {
    static let leftAddress = SocketAddress.simulated(host: 1)
    static let rightAddress = SocketAddress.simulated(host: 2)

    let network: SimulatedNetwork
    let left = ToyNode(destination: rightAddress)
    let right = ToyNode(destination: leftAddress)
    let leftHost: HostID
    let rightHost: HostID

    init(seed: UInt64, conditions: LinkConditions) {
        network = SimulatedNetwork(seed: seed, conditions: conditions)
        leftHost = network.addHost(left, address: Self.leftAddress)
        rightHost = network.addHost(right, address: Self.rightAddress)
    }
}

final class ToyNode: SimulatedNode {
    let destination: SocketAddress
    var outgoing: [[UInt8]] = []
    var ecn: UInt8 = 0
    var wakeAt: Instant?
    var ignoresTimeouts = false
    private(set) var received: [SimulatedDatagram] = []
    private(set) var arrivals: [Instant] = []
    private(set) var timeouts = 0

    init(destination: SocketAddress) { self.destination = destination }

    var nextTimeout: Instant? { wakeAt }
    var summary: String { "\(received.count) received" }

    func handleTimeout(now: Instant) {
        timeouts += 1
        if !ignoresTimeouts { wakeAt = nil }
    }

    func handleDatagram(_ datagram: SimulatedDatagram, now: Instant) {
        received.append(datagram)
        arrivals.append(now)
    }

    func transmit(now: Instant) -> [SimulatedDatagram] {
        defer { outgoing = [] }
        return outgoing.map { bytes in
            SimulatedDatagram(
                bytes: bytes, source: destination, destination: destination, ecn: ecn)
        }
    }
}

/// The smallest reliable protocol: number and its complement, repeated until the number comes back.
final class StopAndWait: SimulatedNode {
    let destination: SocketAddress
    let count: Int
    private(set) var next = 0
    private(set) var received: [Int] = []
    private(set) var nextTimeout: Instant?
    private var isDue: Bool
    private var answers: [UInt8] = []

    init(destination: SocketAddress, count: Int) {
        self.destination = destination
        self.count = count
        isDue = count > 0
    }

    var summary: String { "at \(next)" }

    func handleTimeout(now: Instant) { isDue = true }

    func handleDatagram(_ datagram: SimulatedDatagram, now: Instant) {
        guard datagram.bytes.count == 3 else { return }
        let (kind, number) = (datagram.bytes[0], datagram.bytes[1])
        guard datagram.bytes[2] == ~(kind &+ number) else { return }
        if kind == 0 {
            if Int(number) == received.count { received.append(Int(number)) }
            if Int(number) < received.count { answers.append(number) }
        } else if kind == 0x55, Int(number) == next {
            next += 1
            isDue = next < count
            nextTimeout = nil
        }
    }

    func transmit(now: Instant) -> [SimulatedDatagram] {
        var messages = answers.map { [0x55, $0, ~(0x55 &+ $0)] }
        answers = []
        if isDue {
            isDue = false
            nextTimeout = now + .milliseconds(300)
            messages.append([0, UInt8(next), ~UInt8(next)])
        }
        return messages.map { bytes in
            SimulatedDatagram(bytes: bytes, source: destination, destination: destination)
        }
    }
}
