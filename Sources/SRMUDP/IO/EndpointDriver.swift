internal import CSystem

/// Joins an endpoint to its UDP socket and to the event loop.
///
/// Datagrams are taken in when the socket is readable; at the end of each turn, when everybody has
/// had their say, deadlines are served, events handed up, and what there is to send leaves. The
/// work of one turn is bounded in both directions, so that neither starves the other nor the
/// sockets of the flows.
///
/// Datagrams to the address of a link go to that link, and those of other protocols to the handler
/// of their kind (`EndpointDriver+Links.swift`).
package final class EndpointDriver: EventHandler {
    /// One call takes up to eight messages, each up to 64 KiB.
    private static let receiveCallsPerTurn = 2
    private static let batchesPerTurn = 16

    package let endpoint: Endpoint
    let socket: UDPSocket
    var links: [LinkAddress: any DatagramLink] = [:]
    var handlers = DatagramHandlers()
    /// Datagrams to or from links that are not attached.
    package internal(set) var datagramsWithoutLink: UInt64 = 0
    private let loop: EventLoop
    private let handleEvent: (EndpointEvent) -> Void
    private var incoming = ReceiveBatch()
    private var outgoing = TransmitBatch()
    /// Where in `outgoing` the datagrams begin that the kernel had no room for.
    private var unsentStart: Int?
    /// What the endpoint waited for at the end of the last turn.
    private var deadline: Instant?
    private var hook: TurnHook?

    /// - Parameter handleEvent: called with each event, in the turn in which it happened.
    package init(
        endpoint: Endpoint, socket: UDPSocket, loop: EventLoop,
        handleEvent: @escaping (EndpointEvent) -> Void
    ) throws(SystemError) {
        self.endpoint = endpoint
        self.socket = socket
        self.loop = loop
        self.handleEvent = handleEvent
        try loop.register(socket.fileDescriptor, for: .readable, handler: self)
        hook = loop.addTurnHook { [unowned self] now in endTurn(now: now) }
    }

    package var localAddress: SocketAddress { socket.localAddress }

    /// The socket's number, for a program that is to go on with it.
    package var socketDescriptor: Int32 { socket.fileDescriptor }

    /// Takes the driver off the loop, and closes the socket.
    package func stop() {
        links = [:]
        handlers.removeAll()
        if let hook { loop.removeTurnHook(hook) }
        hook = nil
        loop.unregister(socket.fileDescriptor)
        socket.close()
    }

    package func ready(_ readiness: Readiness, now: Instant) {
        if readiness.contains(.writable) {
            loop.update(socket.fileDescriptor, for: .readable)
            resend(now: now)
        }
        if readiness.contains(.readable) { receive(now: now) }
    }

    private func receive(now: Instant) {
        for _ in 0..<Self.receiveCallsPerTurn {
            // An error here belongs to one destination (an ICMP message); the socket works on, and
            // loss detection notices on its own what did not arrive.
            guard let count = try? socket.receive(into: &incoming), count > 0 else { return }
            for index in 0..<count { take(incoming[index], in: &incoming.storage, now: now) }
            if handlers.areBusy { finishHandling(incoming.storage, now: now) }
            guard count == incoming.slotCount else { return }
        }
    }

    /// Hands over the datagrams of one message, which may be many of equal size.
    func take(_ message: ReceivedDatagrams, in storage: inout ByteStorage, now: Instant) {
        var start = message.range.lowerBound
        while start < message.range.upperBound {
            let kind = storage[start]
            let run = message.run(from: start, in: storage)
            start = run.range.upperBound
            if kind >= DatagramHandlers.lowestKind, let handler = handlers.begin(kind) {
                handler.handle(run, in: &storage, carrier: self, now: now)
            } else {
                endpoint.handleDatagrams(
                    &storage, run.range, segmentSize: run.segmentSize, from: run.source,
                    ecn: run.ecn, now: now)
            }
        }
    }

    private func endTurn(now: Instant) -> Instant? {
        // What became due in this turn makes the next one follow at once.
        if let deadline, deadline <= now {
            endpoint.handleTimeout(now: now)
            if endpoint.takeMemoryRelease() { csystem_return_memory() }
        }
        while let event = endpoint.pollEvent() { handleEvent(event) }
        flush(now: now)
        // What was sent may have made room in streams; their writers are told in the next turn.
        if endpoint.hasEvents { loop.requestTurn() }
        deadline = endpoint.nextTimeout
        guard unsentStart != nil else { return deadline }
        // What is due cannot leave before the socket takes more; there is no point in hurrying.
        return deadline.map { max($0, now + .milliseconds(1)) }
    }

    private func flush(now: Instant) {
        for _ in 0..<Self.batchesPerTurn {
            guard unsentStart == nil else { return }
            guard endpoint.pollTransmit(into: &outgoing, now: now) else { return }
            send(from: 0, now: now)
        }
        loop.requestTurn()
    }

    private func resend(now: Instant) {
        guard let start = unsentStart else { return }
        unsentStart = nil
        send(from: start, now: now)
    }

    private func send(from start: Int, now: Instant) {
        let batch = OutgoingBatch(
            range: start..<outgoing.length, segmentSize: outgoing.segmentSize,
            destination: outgoing.destination, ecn: outgoing.ecn, hopLimit: outgoing.hopLimit)
        switch send(outgoing.writer.storage, batch, now: now) {
        case .sent: return
        case .wouldBlock(let sentByteCount):
            unsentStart = start + sentByteCount
            loop.update(socket.fileDescriptor, for: [.readable, .writable])
        case .tooBig:
            endpoint.datagramRefused(
                size: outgoing.segmentSize, to: outgoing.destination, now: now)
        // No route now. The packets count as lost, and as with any loss other ways are tried.
        case .failed: return
        }
    }
}
