import TestSupport

@testable import SRMUDP

/// A node behind a NAT, servers in the open, and a simulated clock.
final class ProbeWorld {
    struct NAT {
        enum Mapping {
            case endpointIndependent
            case addressDependent(step: Int)
            case portDependent(step: Int)
        }
        enum Filtering { case none, address, port }

        var mapping = Mapping.endpointIndependent
        var filtering = Filtering.port
        var keepsPort = false
        var hasHairpin = false
    }

    static let inside = SocketAddress("192.168.1.2:5000") ?? .simulated(host: 1)
    static let outside = SocketAddress("203.0.113.7:40000") ?? .simulated(host: 1)
    static let server = SocketAddress("198.51.100.1:7070") ?? .simulated(host: 1)
    static let otherPort: UInt16 = 7_071
    static let further = SocketAddress("198.51.100.2:7070") ?? .simulated(host: 1)

    private(set) var now = Instant(nanoseconds: 0)
    /// Nil if the node has an address of its own.
    var nat: NAT?
    var isBlocked = false
    /// The n-th datagram in either direction is lost.
    var losses: Set<Int> = []
    /// What the node sent to whom.
    private(set) var sent: [(time: Instant, destination: SocketAddress)] = []
    private let oneWay = Interval.milliseconds(20)
    private let random = SeededRandomSource(seed: 7)
    private var responders: [IPAddress: Responder] = [:]
    private var ports: [SocketAddress: UInt16] = [:]
    private var permitted: Set<SocketAddress> = []
    private var queue: [(time: Instant, action: () -> Void)] = []
    private var datagramCount = 0
    private var probe: NetworkProbe?

    init(nat: NAT?, hasOtherPort: Bool = true) {
        self.nat = nat
        for address in [Self.server, Self.further] {
            responders[address.ip] = Responder(otherPort: hasOtherPort ? Self.otherPort : nil)
        }
    }

    var options: NetworkProbe.Options {
        var options = NetworkProbe.Options(server: Self.server, localPort: Self.inside.port)
        options.localAddresses = [Self.inside.ip]
        return options
    }

    /// Runs a probe to its end.
    func examine(_ options: NetworkProbe.Options) -> NetworkReport {
        probe = NetworkProbe(options, random: random, now: now)
        for _ in 0..<10_000 {
            while let (datagram, destination) = probe?.pollTransmit(now: now) {
                sent.append((now, destination))
                leave(datagram, to: destination)
            }
            guard let due = probe?.nextTimeout else { break }
            let next = queue.indices.min { queue[$0].time < queue[$1].time }
            if let next, queue[next].time <= due {
                let event = queue.remove(at: next)
                now = max(now, event.time)
                event.action()
            } else {
                now = max(now, due)
            }
        }
        return probe?.report ?? NetworkReport(server: Self.server)
    }

    /// Hands a datagram to the probe, as if it had come through.
    func inject(_ datagram: [UInt8], from source: SocketAddress) {
        probe?.handle(datagram, from: source, now: now)
    }

    private func after(_ interval: Interval, _ action: @escaping () -> Void) {
        datagramCount += 1
        guard !losses.contains(datagramCount), !isBlocked else { return }
        queue.append((now + interval, action))
    }

    private func leave(_ datagram: [UInt8], to destination: SocketAddress) {
        let source = mapped(towards: destination)
        permitted.insert(destination)
        guard destination != source else {
            guard nat?.hasHairpin == true else { return }
            return after(.milliseconds(1)) { [unowned self] in inject(datagram, from: source) }
        }
        after(oneWay) { [unowned self] in arrive(datagram, at: destination, from: source) }
    }

    private func mapped(towards destination: SocketAddress) -> SocketAddress {
        guard let nat else { return Self.inside }
        let start = nat.keepsPort ? Self.inside.port : Self.outside.port
        let (key, step) =
            switch nat.mapping {
            case .endpointIndependent: (SocketAddress(.anyIPv4, port: 0), 0)
            case .addressDependent(let step): (SocketAddress(destination.ip, port: 0), step)
            case .portDependent(let step): (destination, step)
            }
        if ports.isEmpty { ports[key] = start }
        let port = ports[key] ?? UInt16(Int(start) + step * ports.count)
        ports[key] = port
        return SocketAddress(Self.outside.ip, port: port)
    }

    private func arrive(
        _ datagram: [UInt8], at destination: SocketAddress, from source: SocketAddress
    ) {
        let port: ProbeResponder.Port = destination.port == Self.otherPort ? .other : .main
        guard
            let answer = responders[destination.ip]?.answer(
                datagram, from: source, at: port, now: now)
        else { return }
        let from = SocketAddress(
            destination.ip, port: answer.port == .main ? Self.server.port : Self.otherPort)
        after(oneWay) { [unowned self] in
            guard lets(from) else { return }
            inject(answer.datagram, from: from)
        }
    }

    private func lets(_ source: SocketAddress) -> Bool {
        switch nat?.filtering ?? .none {
        case .none: true
        case .address: permitted.contains { $0.ip == source.ip }
        case .port: permitted.contains(source)
        }
    }
}

private final class Responder {
    private var responder: ProbeResponder

    init(otherPort: UInt16?) {
        guard let key = PublicKey([UInt8](0..<32)) else { preconditionFailure("32 bytes") }
        responder = ProbeResponder(
            key: key, mainPort: ProbeWorld.server.port, otherPort: otherPort,
            now: Instant(nanoseconds: 0))
    }

    func answer(
        _ datagram: [UInt8], from source: SocketAddress, at port: ProbeResponder.Port, now: Instant
    ) -> ProbeResponder.Answer? {
        responder.answer(datagram, from: source, at: port, now: now)
    }
}
