/// UDP sockets besides the node's own, all towards one address: behind a NAT that takes another port
/// for each of them, many ports that lead here.
///
/// Each socket is a link (`LinkAddress.Kind.socket`), which a connection sees as one more address.
/// The first datagram to each is a byte that dies behind our own NATs and opens them (`Openers`).
/// Then it is for the other side to find one of the ports (`PortGuesser`); `heard` tells of each that
/// it found. What comes from elsewhere is dropped.
package final class SpareSockets {
    /// More are not opened, whatever is asked for.
    package static let limit = 256

    package let remote: SocketAddress
    private unowned let carrier: any DatagramCarrier
    private let loop: EventLoop
    private let heard: (LinkAddress) -> Void
    private var sockets: [LinkAddress: SpareSocket] = [:]
    fileprivate var incoming = ReceiveBatch()

    /// - Parameter heard: is told once of each socket that something came in by.
    package init(
        towards remote: SocketAddress, carrier: any DatagramCarrier, loop: EventLoop,
        heard: @escaping (LinkAddress) -> Void
    ) {
        self.remote = remote
        self.carrier = carrier
        self.loop = loop
        self.heard = heard
    }

    package var count: Int { sockets.count }

    /// Opens one more and sends its opener.
    ///
    /// - Parameter address: of kind `.socket`, used by nobody else.
    /// - Throws: where the system gives no more sockets.
    package func open(_ address: LinkAddress, hopLimit: UInt8) throws(SystemError) {
        guard sockets.count < Self.limit else { return }
        let any: IPAddress = remote.ip.isIPv4 ? .anyIPv4 : .anyIPv6
        let socket = SpareSocket(
            try UDPSocket(bindingTo: SocketAddress(any, port: 0)), address, owner: self)
        try loop.register(socket.socket.fileDescriptor, for: .readable, handler: socket)
        sockets[address] = socket
        carrier.attach(socket, at: address)
        let opener = Openers.datagram
        // What cannot leave now is one port less.
        _ = socket.socket.send(
            ByteStorage(opener), 0..<opener.count, segmentSize: opener.count, to: remote,
            hopLimit: hopLimit)
    }

    /// Closes all but those that the caller still wants.
    package func close(except wanted: (LinkAddress) -> Bool = { _ in false }) {
        for (address, socket) in sockets where !wanted(address) {
            carrier.detach(address)
            loop.unregister(socket.socket.fileDescriptor)
            sockets[address] = nil
        }
    }

    /// Takes in what came, a bounded amount of it.
    fileprivate func receive(_ socket: SpareSocket, now: Instant) {
        // An error here belongs to the remote (an ICMP message); the socket works on.
        guard let count = try? socket.socket.receive(into: &incoming), count > 0 else { return }
        for index in 0..<count {
            let message = incoming[index]
            guard message.source == remote, !message.range.isEmpty else { continue }
            if !socket.wasHeard {
                socket.wasHeard = true
                heard(socket.address)
            }
            deliver(message, of: socket, now: now)
        }
    }

    private func deliver(_ message: ReceivedDatagrams, of socket: SpareSocket, now: Instant) {
        let step = max(message.segmentSize, 1)
        for start in stride(from: message.range.lowerBound, to: message.range.upperBound, by: step)
        {
            let end = min(start + step, message.range.upperBound)
            carrier.receive(
                &incoming.storage, start..<end, from: socket.address, ecn: message.ecn, now: now)
        }
    }
}

private final class SpareSocket: DatagramLink, EventHandler {
    let socket: UDPSocket
    let address: LinkAddress
    var wasHeard = false
    private unowned let owner: SpareSockets

    init(_ socket: UDPSocket, _ address: LinkAddress, owner: SpareSockets) {
        self.socket = socket
        self.address = address
        self.owner = owner
    }

    func ready(_ readiness: Readiness, now: Instant) { owner.receive(self, now: now) }

    /// What the kernel has no room for is dropped, as a network does.
    func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult {
        let result = socket.send(storage, range, segmentSize: segmentSize, to: owner.remote)
        guard case .wouldBlock = result else { return result }
        return .sent
    }
}
