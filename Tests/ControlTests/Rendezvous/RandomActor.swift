import SRMUDP
import TestSupport

@testable import Control

/// A node that does anything at any time, and keeps account of what it was promised.
final class RandomActor {
    private(set) var complaints: [String] = []

    private let host: MeetingWorld.Host
    private unowned let world: MeetingWorld
    private var openCalls: Set<CallID> = []
    private var openRequests = 0
    private var channels: Set<RelayChannelID> = []
    private var mailboxes: [MailboxID] = []
    private var tokens: [RelayToken] = []
    private var nameplates: [Nameplate] = []

    init(_ host: MeetingWorld.Host, in world: MeetingWorld) {
        self.host = host
        self.world = world
        host.policy = { [unowned self] _, event in handle(event) }
        world.connect(host)
    }

    private func chance(_ one: UInt64) -> Bool { world.random.next(below: one) == 0 }

    private func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(world.random.next(below: UInt64(elements.count)))]
    }

    /// Does something.
    func act() {
        let core = host.core
        switch world.random.next(below: 16) {
        case 0: world.disconnect(host)
        case 1: world.move(host, to: ServerFixture.place(UInt16(world.random.next(below: 300))))
        case 2: world.disconnect(host, isNoticed: false)
        case 3...7: call()
        case 8:
            attach(chance(2) ? pick(tokens) : RelayToken(world.random.bytes(count: 32)))
        case 9:
            if let channel = pick(channels.sorted { $0.number < $1.number }) {
                channels.remove(channel)
                core.detach(channel)
            }
        case 10, 11:
            openRequests += 1
            core.claim(ttl: UInt32(1 + world.random.next(below: 60)), uses: 1, now: world.now)
        case 12, 13:
            openRequests += 1
            let known = pick(world.hosts.flatMap { Self.nameplates(of: $0) })
            core.join(known ?? Nameplate(1), first: [1], now: world.now)
        case 14:
            if let mailbox = pick(mailboxes) {
                core.post([1], from: mailbox, to: UInt8(world.random.next(below: 3)))
            }
        default:
            if let mailbox = pick(mailboxes) { core.burn(mailbox, pick([.finished, .wrongCode])!) }
        }
    }

    private static func nameplates(of host: MeetingWorld.Host) -> [Nameplate] {
        host.events.compactMap { if case .claimed(_, let plate, _) = $0 { plate } else { nil } }
    }

    private func call() {
        guard let peer = pick(world.hosts) else { return }
        var made: CallID?
        let call = host.core.call(peer.key, wantsRelay: chance(2), now: world.now) { call in
            made = call
            return [1, 2, 3]
        }
        if made == nil, host.isReady { complaints.append("nothing was sealed") }
        openCalls.insert(call)
    }

    private func attach(_ token: RelayToken?) {
        guard let token else { return }
        openRequests += 1
        host.core.attach(token, now: world.now)
    }

    /// Goes for good.
    func end() {
        host.reconnects = false
        world.disconnect(host)
        // It may be waiting to dial again.
        world.after(.seconds(1)) { [unowned self] in
            world.disconnect(host)
            if !openCalls.isEmpty { complaints.append("\(openCalls.count) calls never ended") }
            if openRequests != 0 { complaints.append("\(openRequests) requests never ended") }
            if !channels.isEmpty { complaints.append("channels never ended") }
            if !mailboxes.isEmpty { complaints.append("mailboxes never ended") }
        }
    }

    private func handle(_ event: RendezvousClientEvent) {
        switch event {
        case .welcome, .answerRefused, .joined, .entered, .message, .postRefused, .counters: break
        case .incoming(let call): answer(call)
        case .called(let call, let token, _):
            openCalls.remove(call)
            if let token {
                tokens.append(token)
                if !chance(4) { attach(token) }
            }
        case .callFailed(let call, _):
            if openCalls.remove(call) == nil { complaints.append("a call ended twice") }
        case .attached(_, let channel):
            endRequest()
            channels.insert(channel)
        case .attachFailed, .claimFailed, .joinFailed: endRequest()
        case .detached(let channel, _):
            if channels.remove(channel) == nil { complaints.append("lost an unknown channel") }
        case .claimed(let mailbox, _, _), .joinedCode(let mailbox, _):
            endRequest()
            mailboxes.append(mailbox)
        case .closed(let mailbox, _):
            if !mailboxes.contains(mailbox) { complaints.append("lost an unknown mailbox") }
            mailboxes.removeAll { $0 == mailbox }
        case .failed(.refused(.quota)): break
        case .failed(let failure): complaints.append("the server failed: \(failure)")
        }
    }

    private func answer(_ call: IncomingCall) {
        if let token = call.token {
            tokens.append(token)
            if !chance(4) { attach(token) }
        }
        switch world.random.next(below: 6) {
        case 0: host.core.refuse(call.call)
        case 1: break
        case 2:
            world.after(.milliseconds(Int64(world.random.next(below: 7_000)))) { [weak self] in
                self?.host.core.answer(call.call, sealed: [4])
            }
        default: host.core.answer(call.call, sealed: [4])
        }
    }

    private func endRequest() {
        openRequests -= 1
        if openRequests < 0 { complaints.append("a request ended twice") }
    }
}
