import SRMUDP
import TestSupport

@testable import Control

/// A rendezvous server and its clients, both of production, over connections that are simulated as
/// what they are: ordered bytes that take their time, and that end.
final class MeetingWorld {
    final class Host {
        let number: Int
        let key: PublicKey
        let core: RendezvousClient
        var place: ClientPlace
        /// The server's name for the connection; nil while there is none.
        fileprivate(set) var id: RendezvousServer.ClientID?
        /// Tells connections apart: what belongs to an earlier one is lost.
        fileprivate var epoch = 0
        fileprivate var lastArrival: (toServer: Instant, toClient: Instant)
        fileprivate var framing = MessageFraming()
        /// When its core is looked at next.
        fileprivate var timer: Instant?
        /// Dials again half a second after a connection was lost.
        var reconnects = true
        var events: [RendezvousClientEvent] = []
        /// What the application does when something happens.
        var policy: (Host, RendezvousClientEvent) -> Void = { _, _ in }

        fileprivate init(_ number: Int, core: RendezvousClient, now: Instant) {
            self.number = number
            key = ServerFixture.key(UInt64(number))
            place = ClientPlace(udp: .simulated(host: UInt16(number + 1)))
            self.core = core
            lastArrival = (now, now)
        }

        var isReady: Bool { if case .ready = core.state { true } else { false } }
    }

    private enum Event {
        case toServer(Int, epoch: Int, [UInt8])
        case toClient(Int, epoch: Int, [UInt8])
        case lost(Int, epoch: Int)
        case connect(Int)
        case timer(Int)
        case noticed(RendezvousServer.ClientID)
        case act(() -> Void)
    }

    private(set) var now = Instant(nanoseconds: 1_000_000_000)
    let random: SeededRandomSource
    let relay = RecordingRelay()
    private(set) var hosts: [Host] = []
    private(set) var server: RendezvousServer
    private(set) var dropped: [RendezvousServer.DropReason] = []
    private let settings: RendezvousServer.Settings
    private var queue = EventQueue<Event>()
    private var owners: [RendezvousServer.ClientID: Host] = [:]
    /// Hosts whose core was given something.
    private var touched: Set<Int> = []
    /// How long the server takes to notice that a client is gone that did not say so.
    private static let hold: Interval = .seconds(20)

    init(seed: UInt64, _ change: (inout RendezvousServer.Settings) -> Void = { _ in }) {
        random = SeededRandomSource(seed: seed)
        var settings = RendezvousServer.Settings()
        change(&settings)
        self.settings = settings
        server = Self.makeServer(settings, relay, random)
    }

    private static func makeServer(
        _ settings: RendezvousServer.Settings, _ relay: RecordingRelay,
        _ random: SeededRandomSource
    ) -> RendezvousServer {
        var used: Set<UInt32> = []
        return RendezvousServer(
            settings: settings, relay: relay,
            takeNameplate: {
                while true {
                    let number = UInt32(1_000 + random.next(below: 99_000))
                    if used.insert(number).inserted { return Nameplate(number) }
                }
            }, random: random, logger: .silent)
    }

    @discardableResult
    func addHost(isCallable: Bool = true) -> Host {
        let core = RendezvousClient(isCallable: isCallable, label: "", random: random)
        let host = Host(hosts.count, core: core, now: now)
        hosts.append(host)
        return host
    }

    // MARK: Connections

    func connect(_ host: Host) {
        guard host.id == nil else { return }
        host.epoch += 1
        host.framing = MessageFraming()
        let id = server.connected(host.key, at: host.place, now: now)
        host.id = id
        owners[id] = host
        host.core.connected(now: now)
        touched.insert(host.number)
        settle()
    }

    /// The connection is gone; the server learns of it at once, or only when it hears nothing.
    func disconnect(_ host: Host, isNoticed: Bool = true) {
        guard let id = host.id else { return }
        host.id = nil
        host.epoch += 1
        owners[id] = nil
        if isNoticed {
            server.disconnected(id, now: now)
        } else {
            queue.schedule(.noticed(id), at: now + Self.hold)
        }
        host.core.disconnected()
        touched.insert(host.number)
        if host.reconnects {
            queue.schedule(.connect(host.number), at: now + .milliseconds(500))
        }
        settle()
    }

    func move(_ host: Host, to place: ClientPlace) {
        host.place = place
        if let id = host.id { server.moved(id, to: place, now: now) }
        settle()
    }

    /// The server's process ends and another one begins; all connections are lost.
    func restartServer() {
        server = Self.makeServer(settings, relay, random)
        for side in relay.sides.keys { relay.release(side) }
        for host in hosts { disconnect(host) }
    }

    // MARK: Time

    func after(_ interval: Interval, _ act: @escaping () -> Void) {
        queue.schedule(.act(act), at: now + interval)
    }

    func run(for interval: Interval) {
        let end = now + interval
        _ = run(until: end) { false }
        now = end
    }

    /// - Returns: whether the condition came true within `limit`.
    func run(atMost limit: Interval, until condition: () -> Bool) -> Bool {
        run(until: now + limit, condition)
    }

    private func run(until end: Instant, _ condition: () -> Bool) -> Bool {
        // The application may have asked for something since.
        touched.formUnion(hosts.map(\.number))
        settle()
        while !condition() {
            let timeouts = [server.nextTimeout, queue.nextTime].compactMap(\.self)
            guard let next = timeouts.min(), next <= end else { return false }
            now = max(now, next)
            if let event = queue.popDue(at: now) { handle(event) }
            if let due = server.nextTimeout, due <= now { server.handleTimeout(now: now) }
            settle()
        }
        return true
    }

    private func handle(_ event: Event) {
        switch event {
        case .toServer(let number, let epoch, let bytes):
            guard let id = hosts[number].id, hosts[number].epoch == epoch else { return }
            for message in (try? hosts[number].framing.receive(bytes)) ?? [] {
                server.receive(message, from: id, now: now)
            }
        case .toClient(let number, let epoch, let bytes):
            guard hosts[number].epoch == epoch else { return }
            hosts[number].core.receive(bytes, now: now)
            touched.insert(number)
        case .lost(let number, let epoch):
            guard hosts[number].epoch == epoch else { return }
            disconnect(hosts[number])
        case .connect(let number): connect(hosts[number])
        case .timer(let number):
            hosts[number].timer = nil
            hosts[number].core.handleTimeout(now: now)
            touched.insert(number)
        case .noticed(let id): server.disconnected(id, now: now)
        case .act(let act):
            act()
            touched.formUnion(hosts.map(\.number))
        }
    }

    /// Takes out all that has gathered and has the applications act on it.
    private func settle() {
        repeat {
            while let output = server.pollOutput() { carry(output) }
            for number in touched.sorted() { settle(hosts[number]) }
        } while !touched.isEmpty
    }

    private func settle(_ host: Host) {
        touched.remove(host.number)
        while let event = host.core.pollEvent() {
            host.events.append(event)
            host.policy(host, event)
            if case .failed = event {
                queue.schedule(.lost(host.number, epoch: host.epoch), at: now)
            }
        }
        while let message = host.core.pollMessage() {
            let arrival = max(host.lastArrival.toServer, now + latency())
            host.lastArrival.toServer = arrival
            let bytes = MessageFraming.frame(message.encoded)
            queue.schedule(.toServer(host.number, epoch: host.epoch, bytes), at: arrival)
        }
        guard let due = host.core.nextTimeout else { return }
        guard host.timer.map({ $0 > due }) ?? true else { return }
        host.timer = due
        queue.schedule(.timer(host.number), at: max(due, now))
    }

    private func carry(_ output: RendezvousServer.Output) {
        switch output {
        case .send(let id, let message):
            guard let host = owners[id] else { return }
            let arrival = max(host.lastArrival.toClient, now + latency())
            host.lastArrival.toClient = arrival
            queue.schedule(
                .toClient(host.number, epoch: host.epoch, message.encoded), at: arrival)
        case .drop(let id, let reason):
            dropped.append(reason)
            guard let host = owners[id] else { return }
            queue.schedule(.lost(host.number, epoch: host.epoch), at: host.lastArrival.toClient)
        }
    }

    private func latency() -> Interval {
        .microseconds(Int64(500 + random.next(below: 40_000)))
    }
}
