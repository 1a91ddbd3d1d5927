import CTools
import Glibc
import ToolSupport

/// The link between UDP clients and one target, needing no privilege.
///
/// Each client address gets an upstream socket of its own, as a NAT would give it a port; `rebind`
/// replaces every upstream socket, so that the target sees the clients move.
final class DatagramRelay: Carrier {
    private struct Client {
        var address: SocketAddress
        var upstream: Int32
    }

    let emulator: Emulator
    let introduction: String
    private let listener: Int32
    private let target: SocketAddress
    private var clients: [Client] = []
    private weak var poller: Poller?
    private let scratch: UnsafeMutableRawBufferPointer

    private static let listenerToken = Control.tokenCount
    private static let firstClientToken = Control.tokenCount + 1
    private static let greatestClientCount = 256
    private static let batch = 64

    init(listen: SocketAddress, target: SocketAddress, emulator: Emulator) throws {
        self.emulator = emulator
        self.target = target
        listener = try SystemError.check(
            withUnsafePointer(to: listen.raw) { tools_udp_bind($0) }, "bind \(listen)")
        introduction = "listening \(try SocketAddress(of: listener))"
        scratch = .allocate(byteCount: 65536, alignment: 16)
    }

    deinit { scratch.deallocate() }

    func register(with poller: Poller) throws {
        self.poller = poller
        try poller.add(listener, token: Self.listenerToken, .reading)
    }

    func receive(token: Int, now: Int64) throws {
        if token == Self.listenerToken {
            try receiveFromClients(now: now)
        } else {
            receiveFromTarget(client: token - Self.firstClientToken, now: now)
        }
    }

    func deliver(now: Int64) {
        while let entry = emulator.up.takeDue(now: now) {
            let sent = tools_udp_send(
                clients[Int(entry.client)].upstream, emulator.up.bytes(entry.slot).baseAddress,
                Int(entry.length), nil)
            emulator.up.countDelivery(entry, succeeded: sent >= 0)
            emulator.up.giveBack(entry.slot)
        }
        while let entry = emulator.down.takeDue(now: now) {
            let sent = withUnsafePointer(to: clients[Int(entry.client)].address.raw) { address in
                tools_udp_send(
                    listener, emulator.down.bytes(entry.slot).baseAddress, Int(entry.length),
                    address)
            }
            emulator.down.countDelivery(entry, succeeded: sent >= 0)
            emulator.down.giveBack(entry.slot)
        }
    }

    func rebind(poller: Poller) throws {
        for index in clients.indices {
            let fresh = try openUpstream()
            poller.remove(clients[index].upstream)
            close(clients[index].upstream)
            clients[index].upstream = fresh
            try poller.add(fresh, token: Self.firstClientToken + index, .reading)
        }
    }

    private func receiveFromClients(now: Int64) throws {
        for _ in 0..<Self.batch {
            var source = tools_address()
            guard let slot = emulator.up.lend() else {
                let length = tools_udp_receive(
                    listener, scratch.baseAddress, scratch.count, &source)
                guard length >= 0 else { return }
                emulator.up.countOverflow()
                continue
            }
            let memory = emulator.up.bytes(slot)
            let length = tools_udp_receive(listener, memory.baseAddress, memory.count, &source)
            guard length >= 0, let client = try client(SocketAddress(raw: source)) else {
                emulator.up.giveBack(slot)
                if length < 0 { return }
                continue
            }
            emulator.up.offer(slot: slot, length: length, client: Int32(client), now: now)
        }
    }

    private func receiveFromTarget(client: Int, now: Int64) {
        guard clients.indices.contains(client) else { return }
        let upstream = clients[client].upstream
        for _ in 0..<Self.batch {
            guard let slot = emulator.down.lend() else {
                guard read(upstream, scratch.baseAddress, scratch.count) >= 0 else { return }
                emulator.down.countOverflow()
                continue
            }
            let memory = emulator.down.bytes(slot)
            let length = read(upstream, memory.baseAddress, memory.count)
            // A target that is not there shows as a refusal, which a lost answer would not.
            guard length >= 0 else { return emulator.down.giveBack(slot) }
            emulator.down.offer(slot: slot, length: length, client: Int32(client), now: now)
        }
    }

    private func client(_ address: SocketAddress) throws -> Int? {
        if let known = clients.firstIndex(where: { $0.address == address }) { return known }
        guard clients.count < Self.greatestClientCount, let poller else { return nil }
        let upstream = try openUpstream()
        clients.append(Client(address: address, upstream: upstream))
        try poller.add(
            upstream, token: Self.firstClientToken + clients.count - 1, .reading)
        return clients.count - 1
    }

    private func openUpstream() throws -> Int32 {
        try SystemError.check(
            withUnsafePointer(to: target.raw) { tools_udp_connect($0) }, "connect \(target)")
    }
}
