import SRMUDP
import TestSupport
import Testing

@testable import Control

/// A rendezvous server with clients that say what a test has them say.
final class ServerFixture {
    let relay = RecordingRelay()
    let random = SeededRandomSource(seed: 1)
    var now = Instant(nanoseconds: 1_000_000_000)
    private(set) var server: RendezvousServer
    /// The nameplates that are given out next; none means that there are none.
    private let nameplates: Nameplates
    private var received: [RendezvousServer.ClientID: [ServerMessage]] = [:]
    private(set) var dropped: [RendezvousServer.ClientID: RendezvousServer.DropReason] = [:]

    final class Nameplates {
        var next: UInt32 = 1_000
        var isExhausted = false
    }

    init(relays: Bool = true, _ change: (inout RendezvousServer.Settings) -> Void = { _ in }) {
        var settings = RendezvousServer.Settings()
        change(&settings)
        let nameplates = Nameplates()
        self.nameplates = nameplates
        server = RendezvousServer(
            settings: settings, relay: relays ? relay : nil,
            takeNameplate: {
                nameplates.next += 1
                return nameplates.isExhausted ? nil : Nameplate(nameplates.next)
            }, random: random, logger: .silent)
    }

    func exhaustNameplates() { nameplates.isExhausted = true }

    static func place(_ host: UInt16, port: UInt16 = 7_000) -> ClientPlace {
        ClientPlace(udp: .simulated(host: host, port: port))
    }

    /// A client that has said HELLO and was welcomed.
    func client(
        _ number: UInt64, at place: ClientPlace? = nil, isCallable: Bool = true
    ) -> RendezvousServer.ClientID {
        let id = stranger(number, at: place)
        say(.hello(isCallable: isCallable, label: "c\(number)"), id)
        _ = take(id)
        return id
    }

    /// A client that has said nothing.
    func stranger(_ number: UInt64, at place: ClientPlace? = nil) -> RendezvousServer.ClientID {
        let place = place ?? Self.place(UInt16(number))
        let id = server.connected(Self.key(number), at: place, now: now)
        collect()
        return id
    }

    static func key(_ number: UInt64) -> PublicKey {
        PublicKey(SeededRandomSource(seed: 77 + number).bytes(count: 32))!
    }

    func say(_ message: ClientMessage, _ id: RendezvousServer.ClientID) {
        say(message.encoded, id)
    }

    func say(_ bytes: [UInt8], _ id: RendezvousServer.ClientID) {
        server.receive(bytes, from: id, now: now)
        collect()
    }

    func disconnect(_ id: RendezvousServer.ClientID) {
        server.disconnected(id, now: now)
        collect()
    }

    func move(_ id: RendezvousServer.ClientID, to place: ClientPlace) {
        server.moved(id, to: place, now: now)
        collect()
    }

    func idle(_ channel: RelayChannelID) {
        server.channelIdle(channel)
        collect()
    }

    func pass(_ interval: Interval) {
        let end = now + interval
        while let due = server.nextTimeout, due <= end {
            now = max(now, due)
            server.handleTimeout(now: now)
        }
        now = end
        collect()
    }

    /// What the client was told since it was asked last.
    func take(_ id: RendezvousServer.ClientID) -> [ServerMessage] {
        received.removeValue(forKey: id) ?? []
    }

    private func collect() {
        while let output = server.pollOutput() {
            switch output {
            case .send(let id, let message):
                // What is sent can be encoded and read again.
                let read = try? ServerMessage(decoding: message.encoded)
                #expect(read == message)
                received[id, default: []].append(message)
            case .drop(let id, let reason): dropped[id] = reason
            }
        }
    }

    /// The number that the server reports under this name.
    func reported(_ name: String) -> Int? {
        server.report.split(separator: "\n").first { $0.hasPrefix("\(name) ") }
            .flatMap { Int($0.dropFirst(name.count + 1)) }
    }
}

/// A relay that carries nothing and remembers what it was told.
final class RecordingRelay: RelayChannels {
    private(set) var sides: [RelayChannelID: SocketAddress] = [:]
    private(set) var partners: [RelayChannelID: RelayChannelID] = [:]
    private(set) var violations: [String] = []
    var isFull = false
    private var next: UInt64 = 0x1000

    func reserve(
        at address: SocketAddress, network: IPAddress, now: Instant
    ) -> RelayChannelID? {
        guard !isFull else { return nil }
        next += 1
        let id = RelayChannelID(next)
        sides[id] = address
        return id
    }

    func join(_ first: RelayChannelID, _ second: RelayChannelID, now: Instant) {
        if sides[first] == nil || sides[second] == nil || first == second {
            violations.append("joined what is not there")
        }
        if partners[first] != nil || partners[second] != nil { violations.append("joined twice") }
        partners[first] = second
        partners[second] = first
    }

    func move(_ channel: RelayChannelID, to address: SocketAddress, now: Instant) {
        if sides[channel] == nil { violations.append("moved what is not there") }
        sides[channel] = address
    }

    func release(_ channel: RelayChannelID) {
        sides[channel] = nil
        if let partner = partners.removeValue(forKey: channel) { partners[partner] = nil }
    }
}
