import SRMUDP

/// How long flows of datagrams may be idle, and how many there may be.
package struct DatagramLimits: Sendable {
    /// A flow that carried nothing for so long is ended by the side that opened it ...
    package var idleTime = Interval.seconds(60)
    /// ... or for so long, once a DNS server has answered.
    package var answeredIdleTime = Interval.seconds(10)
    /// The side that dialled waits longer, so that the opener's wish holds.
    package var servedIdleTime = Interval.seconds(600)
    /// Clients of one forward at a time; one more, and the one that was idle longest has to go.
    package var clients = 1024
    /// Likewise for the destinations of one SOCKS client.
    package var destinations = 256
    /// SOCKS clients of one proxy that have a relay at a time; more are refused.
    package var associations = 256
    /// After a refusal no flow is opened for so long.
    package var refusalTime = Interval.seconds(1)

    package init() {}

    /// Limits with another idle time.
    package init(idleTime: Interval) {
        self.idleTime = idleTime
        answeredIdleTime = min(answeredIdleTime, idleTime)
        servedIdleTime = max(servedIdleTime, idleTime)
    }
}

/// Memory through which all UDP sockets of one event loop move their datagrams, in turns.
package final class DatagramMemory {
    var incoming = ReceiveBatch()
    var outgoing = ByteStorage(uncleared: UDPSocket.maximumBatchSize)

    package init() {}
}

extension DatagramMemory {
    /// One call takes up to eight messages.
    private static let receiveCallsPerTurn = 2

    static let socketConfiguration: UDPSocket.Configuration = {
        var configuration = UDPSocket.Configuration()
        configuration.bufferSize = 1 << 20
        configuration.mayFragment = true
        return configuration
    }()

    /// Takes what has arrived at `socket`, as much as is fair in one turn.
    ///
    /// `take` gets a datagram, where it came from and the address of ours that it was sent to,
    /// where that is known. It may end the use of the socket by returning false.
    /// - Throws: the error of a network that broke down.
    func receive(
        from socket: UDPSocket,
        _ take: (_ datagram: [UInt8], _ source: SocketAddress, _ to: IPAddress?) -> Bool
    ) throws(SystemError) {
        for _ in 0..<Self.receiveCallsPerTurn {
            let count = try socket.receive(into: &incoming)
            for index in 0..<count {
                let message = incoming[index]
                var start = message.range.lowerBound
                repeat {
                    let end = min(start + message.segmentSize, message.range.upperBound)
                    let datagram = incoming.storage.array(start..<end)
                    guard take(datagram, message.source, message.destination) else { return }
                    start = end
                } while start < message.range.upperBound
            }
            guard count == incoming.slotCount else { return }
        }
    }

    /// Sends one datagram; `source` is the address of ours that it comes from, nil the system's
    /// choice.
    func send(
        _ datagram: ArraySlice<UInt8>, by socket: UDPSocket, to destination: SocketAddress,
        from source: IPAddress? = nil
    ) -> SendResult {
        guard datagram.count <= outgoing.count else { return .tooBig }
        outgoing.copy(from: datagram.span.bytes, to: 0)
        return socket.send(
            outgoing, 0..<datagram.count, segmentSize: max(1, datagram.count), to: destination,
            from: source)
    }
}
