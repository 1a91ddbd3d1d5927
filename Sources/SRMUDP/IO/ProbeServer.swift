/// Answers probes and requests for the server's key, at the driver's socket and at another one.
package final class ProbeServer {
    private var responder: ProbeResponder
    private unowned let driver: EndpointDriver
    private let otherSocket: UDPSocket?
    private let loop: EventLoop
    private var incoming: ReceiveBatch?

    /// Sets itself as the driver's handler of probes and requests for keys.
    ///
    /// - Parameter otherSocket: bound to the driver's address but for the port. Without it kinds of
    ///   NAT cannot be told apart.
    package init(driver: EndpointDriver, otherSocket: UDPSocket?, loop: EventLoop)
        throws(SystemError)
    {
        self.driver = driver
        self.otherSocket = otherSocket
        self.loop = loop
        responder = ProbeResponder(
            key: driver.endpoint.publicKey, mainPort: driver.localAddress.port,
            otherPort: otherSocket?.localAddress.port, now: loop.now)
        if let otherSocket {
            incoming = ReceiveBatch()
            try loop.register(otherSocket.fileDescriptor, for: .readable, handler: self)
        }
        driver.setHandler(self, for: DatagramKind.probe)
        driver.setHandler(self, for: DatagramKind.keyRequest)
    }

    package var otherPort: UInt16? { otherSocket?.localAddress.port }
    package var statistics: ProbeResponder.Statistics { responder.statistics }

    /// Answers nothing any more.
    package func stop() {
        driver.setHandler(nil, for: DatagramKind.probe)
        driver.setHandler(nil, for: DatagramKind.keyRequest)
        if let otherSocket { loop.unregister(otherSocket.fileDescriptor) }
    }

    /// Answers each datagram of a message, from the local address that it was sent to.
    private func answer(
        _ datagrams: ReceivedDatagrams, in storage: borrowing ByteStorage,
        at port: ProbeResponder.Port, now: Instant
    ) {
        let range = datagrams.range
        let step = max(datagrams.segmentSize, 1)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: step) {
            let end = min(start + step, range.upperBound)
            let answer = responder.answer(
                end - start == ProbeRequest.length ? storage.array(start..<end) : [],
                from: datagrams.source, at: port, now: now)
            guard let answer else { continue }
            let batch = OutgoingBatch(
                range: 0..<answer.datagram.count, segmentSize: answer.datagram.count,
                destination: datagrams.source, source: datagrams.destination)
            send(ByteStorage(answer.datagram), batch, by: answer.port, now: now)
        }
    }

    /// What cannot leave now is dropped; who asked will ask again.
    private func send(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch, by port: ProbeResponder.Port,
        now: Instant
    ) {
        switch port {
        case .main: _ = driver.send(storage, batch, now: now)
        case .other: _ = otherSocket?.send(storage, batch)
        }
    }
}

extension ProbeServer: DatagramHandler {
    package func handle(
        _ datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant
    ) {
        answer(datagrams, in: storage, at: .main, now: now)
    }
}

extension ProbeServer: EventHandler {
    /// One call per turn: what is left makes the next turn follow at once.
    package func ready(_ readiness: Readiness, now: Instant) {
        guard let otherSocket, var batch = incoming.take() else { return }
        // An error here belongs to one destination (an ICMP message); the socket works on.
        let count = (try? otherSocket.receive(into: &batch)) ?? 0
        for index in 0..<count {
            answer(batch[index], in: batch.storage, at: .other, now: now)
        }
        incoming = consume batch
    }
}
