import Forwarding
import SRMUDP
import ToolSupport

/// How fast messages go from one end of a WebSocket to the other through memory, without sockets.
enum Measurement {
    private static let byteCount = 1 << 30

    static func run() {
        for role in [WebSocketConnection.Role.client, .server] {
            for length in [64, 1_200, 16_384, 65_536] { measure(from: role, length: length) }
        }
    }

    private static func measure(from role: WebSocketConnection.Role, length: Int) {
        let random = SystemRandomSource()
        let sender = WebSocketConnection(role, random: random)
        let receiver = WebSocketConnection(role == .client ? .server : .client, random: random)
        let payload = ByteStorage(count: length)
        let batch = max(1, 65_536 / length)
        let rounds = byteCount / 8 / (batch * max(length, 512))
        var received = 0
        let start = Tool.now
        for _ in 0..<rounds {
            for _ in 0..<batch { sender.send(payload, 0..<length) }
            // This copy stands for the way through the system.
            receiver.incoming.append(sender.outgoing.bytes)
            sender.outgoing.skip(sender.outgoing.count)
            while case .message = receiver.nextEvent() { received += receiver.messageRange.count }
        }
        let seconds = Double(Tool.now - start) / 1e9
        var line = JSONLine()
        line.add("from", "\(role)")
        line.add("length", length)
        line.add("gigabits_per_second", Double(received) * 8 / seconds / 1e9)
        line.add("nanoseconds_per_message", seconds * 1e9 / Double(rounds * batch))
        Tool.say("\(line)")
    }
}
