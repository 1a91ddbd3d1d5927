import ToolSupport

/// The two directions of the emulated link, and what the mode at hand adds to them.
///
/// `up` leads from the first device (or the clients) to the second (or the target), `down` back.
final class Emulator {
    let up: Link
    let down: Link

    init(
        up: Impairments, down: Impairments, slots: Int, slotBytes: Int, editor: any PacketEditor,
        seed: UInt64
    ) {
        self.up = Link(
            impairments: up, slots: slots, slotBytes: slotBytes, editor: editor, seed: seed)
        self.down = Link(
            impairments: down, slots: slots, slotBytes: slotBytes, editor: editor, seed: ~seed)
    }

    var nextDue: Int64 { min(up.nextDue, down.nextDue) }

    var statistics: JSONLine {
        var line = JSONLine()
        line.add("up", up.statistics.json)
        line.add("down", down.statistics.json)
        return line
    }
}

/// What carries the packets: TUN devices or UDP sockets.
protocol Carrier: AnyObject {
    var emulator: Emulator { get }
    /// Where the packets come in and out, in words for the user.
    var introduction: String { get }

    /// Adds the descriptors to the poller, with tokens of at least `Control.tokenCount`.
    func register(with poller: Poller) throws
    /// Reads everything that has come in at the descriptor of this token.
    func receive(token: Int, now: Int64) throws
    /// Sends every packet that is due.
    func deliver(now: Int64)
    /// Changes the clients' address as the other end sees it.
    func rebind(poller: Poller) throws
}
