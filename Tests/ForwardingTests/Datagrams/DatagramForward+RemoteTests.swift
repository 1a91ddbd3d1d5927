import SRMUDP
import Testing

@testable import Forwarding

@Suite struct DatagramForwardRemoteTests {
    /// What the side that asked for a listener does: dials its target, whoever came.
    private final class Answering: TargetConnector {
        var target = SocketAddress(.loopbackIPv4, port: 1)
        private(set) var requests: [OpenRequest] = []
        private let datagrams: DatagramDialer

        init(loop: EventLoop) {
            datagrams = DatagramDialer(loop: loop, memory: DatagramMemory())
        }

        func connect(
            to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
        ) -> any ConnectAttempt {
            requests.append(request)
            completion(datagrams.outcome(for: request, at: [target]))
            return HeldAttempt(request: request, completion: completion)
        }
    }

    @Test("a listener for the peer names itself and its client, and passes datagrams both ways")
    func accepted() throws {
        var connector: Answering?
        let world = try ForwardingWorld { loop in
            let made = Answering(loop: loop)
            connector = made
            return made
        }
        let echo = try DatagramPeer(loop: world.loop, isEcho: true)
        connector?.target = echo.address
        let listener = try DatagramForward(
            loop: world.loop, listening: [SocketAddress(.loopbackIPv4, port: 0)],
            for: { ListenerID(7) }, memory: DatagramMemory(), report: { _ in })
        listener.attach(world.client)
        let client = try DatagramPeer(loop: world.loop)

        client.send([1, 2], to: listener.addresses[0])
        try world.run { !client.received.isEmpty }

        let expected = try #require(
            AcceptedConnection(
                listener: ListenerID(7), origin: "\(client.address)", target: nil))
        #expect(client.received == [[1, 2]])
        #expect(connector?.requests == [.accepted(expected)])
    }
}
