import CTools
import Glibc
import ToolSupport

/// The link between two TUN devices.
///
/// The devices are made in the current network namespace; whoever runs the impairer moves each into
/// the namespace that it shall serve and gives it addresses there.
final class TunnelDevices: Carrier {
    let emulator: Emulator
    let introduction: String
    private let first: Int32
    private let second: Int32
    private var translation = PortTranslation()
    private let scratch: UnsafeMutableRawBufferPointer

    private static let firstToken = Control.tokenCount
    private static let secondToken = Control.tokenCount + 1
    /// Packets read in one go from one device, so that neither starves the other.
    private static let batch = 64
    private static let deviceQueue = 10_000

    init(names: (String, String), deviceMTU: Int, emulator: Emulator) throws {
        self.emulator = emulator
        first = try SystemError.check(
            tools_tun_open(names.0, Int32(deviceMTU), Int32(Self.deviceQueue)), names.0)
        second = try SystemError.check(
            tools_tun_open(names.1, Int32(deviceMTU), Int32(Self.deviceQueue)), names.1)
        introduction = "created \(names.0) \(names.1)"
        scratch = .allocate(byteCount: 65536, alignment: 16)
    }

    deinit { scratch.deallocate() }

    func register(with poller: Poller) throws {
        try poller.add(first, token: Self.firstToken, .reading)
        try poller.add(second, token: Self.secondToken, .reading)
    }

    func receive(token: Int, now: Int64) {
        if token == Self.firstToken {
            receive(from: first, into: emulator.up, now: now) { translation.outbound($0) }
        } else {
            receive(from: second, into: emulator.down, now: now) { translation.inbound($0) }
        }
    }

    func deliver(now: Int64) {
        deliver(emulator.up, to: second, now: now)
        deliver(emulator.down, to: first, now: now)
    }

    func rebind(poller: Poller) { translation.rebind() }

    private func receive(
        from device: Int32, into link: Link, now: Int64,
        translate: (UnsafeMutableRawBufferPointer) -> Void
    ) {
        for _ in 0..<Self.batch {
            guard let slot = link.lend() else {
                // Read and forget: a packet that stays in the device would be delayed instead.
                guard read(device, scratch.baseAddress, scratch.count) > 0 else { return }
                link.countOverflow()
                continue
            }
            let memory = link.bytes(slot)
            let length = read(device, memory.baseAddress, memory.count)
            guard length > 0 else { return link.giveBack(slot) }
            translate(UnsafeMutableRawBufferPointer(rebasing: memory[..<length]))
            link.offer(slot: slot, length: length, client: 0, now: now)
        }
    }

    private func deliver(_ link: Link, to device: Int32, now: Int64) {
        while let entry = link.takeDue(now: now) {
            let written = write(device, link.bytes(entry.slot).baseAddress, Int(entry.length))
            link.countDelivery(entry, succeeded: written == Int(entry.length))
            link.giveBack(entry.slot)
        }
    }
}
