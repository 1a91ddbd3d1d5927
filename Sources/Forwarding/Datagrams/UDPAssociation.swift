import SRMUDP

/// What a SOCKS5 client gets that asks for UDP ASSOCIATE (RFC 1928 section 7): a relay for its
/// datagrams, for as long as its connection stands.
///
/// The relay is a UDP socket at the address at which the client reached the proxy. It takes
/// datagrams of one client only: from the machine that the connection comes from, and from the port
/// that the client announced or else uses first. Each destination has a flow of its own; names are
/// resolved by the far side. What a destination answers is sent to the client under the name that
/// the client used.
package final class UDPAssociation {
    /// Where the client is to send its datagrams.
    package var address: SocketAddress { listener?.address ?? SocketAddress(.anyIPv4, port: 0) }
    /// Datagrams that were not for us to relay: of others, fragments, without a valid header, or
    /// without a session.
    package private(set) var ignoredCount: UInt64 = 0

    private let loop: EventLoop
    private let control: TCPSocket
    private let limits: DatagramLimits
    private let door: any ProxyDoor
    private let origin: ForwardOrigin
    private let session: () -> ForwardingSession?
    private let whenEnded: (UDPAssociation) -> Void
    private var listener: DatagramListener?
    private let clientIP: IPAddress
    /// Nil until the first datagram, if the client did not announce it.
    private var clientPort: UInt16?
    private var destinations: [HostPort: UDPDestination] = [:]

    /// Takes over the client's connection, which is not registered with the loop, and tells the
    /// client where the relay is.
    ///
    /// - Parameters:
    ///   - expected: where the client means to send from; port 0 if it does not know yet. Its
    ///     address is not trusted: clients behind a NAT do not know it.
    ///   - door: what the far side is asked for.
    ///   - session: where flows are opened at this time; nil if there is none.
    ///   - ended: called once, when the client's connection is over. Until then somebody has to
    ///     hold the association.
    /// - Throws: why there is no relay; the connection is still the caller's then.
    package init(
        control: TCPSocket, expected: SocketAddress, loop: EventLoop, memory: DatagramMemory,
        limits: DatagramLimits = DatagramLimits(), door: any ProxyDoor = LocalProxyDoor(),
        origin: ForwardOrigin = ForwardOrigin(),
        session: @escaping () -> ForwardingSession?, ended: @escaping (UDPAssociation) -> Void
    ) throws(SystemError) {
        self.loop = loop
        self.control = control
        self.limits = limits
        self.door = door
        self.origin = origin
        self.session = session
        whenEnded = ended
        // A client that came by a UNIX socket has no address, and is on this machine.
        let isLocal = control.peerAddress.ip.isUnspecified
        clientIP = isLocal ? .loopbackIPv4 : control.peerAddress.ip
        clientPort = expected.port == 0 ? nil : expected.port
        let ip = isLocal ? IPAddress.loopbackIPv4 : control.localAddress.ip
        let listener = try DatagramListener(
            at: SocketAddress(ip, port: 0), loop: loop, memory: memory
        ) { [weak self] _, datagram, source, _ in
            self?.take(datagram, from: source)
        }
        self.listener = listener
        do throws(SystemError) {
            try loop.register(control.descriptor, for: .readable, handler: self)
        } catch {
            listener.close()
            self.listener = nil
            throw error
        }
        answer()
    }

    deinit { listener?.close() }

    /// How many destinations have a flow.
    package var destinationCount: Int { destinations.count }

    /// Ends the relay, and the client's connection.
    package func close() {
        guard let listener else { return }
        self.listener = nil
        listener.close()
        control.close()
        endFlows()
        whenEnded(self)
    }

    /// Destinations that the client goes on with get new flows.
    func endFlows() {
        for destination in Array(destinations.values) { destination.flow?.close() }
    }

    /// `05 00 00`, then the relay's address as in `SOCKSDatagram`. It fits into the socket's empty
    /// buffer; if the connection is gone, the next read says so.
    private func answer() {
        let ip: [UInt8] =
            address.ip.isIPv4 ? [1] + address.ip.bytes.suffix(4) : [4] + address.ip.bytes
        let bytes: [UInt8] =
            [5, 0, 0] + ip + [UInt8(address.port >> 8), UInt8(address.port & 0xff)]
        _ = control.write(from: ByteStorage(bytes), 0..<bytes.count)
    }

    // MARK: Datagrams

    private func take(_ bytes: [UInt8], from source: SocketAddress) {
        guard source.ip == clientIP, clientPort == nil || clientPort == source.port,
            let datagram = try? SOCKSDatagram(parsing: bytes)
        else {
            ignoredCount += 1
            return
        }
        clientPort = source.port
        let known = destinations[datagram.place]
        guard let flow = known?.flow ?? open(datagram.place) else {
            ignoredCount += 1
            return
        }
        flow.send(Array(datagram.payload))
    }

    private func open(_ place: HostPort) -> DatagramFlow? {
        guard let session = session(), session.isOpen,
            let request = door.admit(from: control.peerAddress, to: .udp(place))
        else { return nil }
        if destinations.count >= limits.destinations { displaceOne() }
        let destination = UDPDestination(place, association: self)
        let limits = limits
        let isOpened = session.open(from: origin) { streamPlace in
            let flow = DatagramFlow.opening(
                request, source: destination, limits: limits, at: streamPlace)
            destination.flow = flow
            return flow
        }
        guard isOpened else { return nil }
        destinations[place] = destination
        return destination.flow
    }

    private func displaceOne() {
        let flows = destinations.values.compactMap(\.flow)
        flows.min { $0.lastActive < $1.lastActive }?.displace()
    }

    fileprivate func deliver(_ payload: ArraySlice<UInt8>, from place: HostPort) -> Bool {
        guard let listener, let clientPort else { return false }
        let datagram = SOCKSDatagram(place: place, payload: payload).encoded
        return listener.send(
            datagram[...], to: SocketAddress(clientIP, port: clientPort), from: nil)
    }

    fileprivate func flowEnded(of destination: UDPDestination) {
        if destinations[destination.place] === destination {
            destinations[destination.place] = nil
        }
    }
}

extension UDPAssociation: EventHandler {
    /// Nothing is to be said on the connection any more: it ends, or it should.
    package func ready(_ readiness: Readiness, now: Instant) {
        var discarded = ByteStorage(uncleared: 1024)
        switch control.read(into: &discarded, 0..<discarded.count) {
        case .bytes, .wouldBlock: break
        case .end, .failed: close()
        }
    }
}

/// One destination of a SOCKS client.
private final class UDPDestination: DatagramSource {
    let place: HostPort
    weak var flow: DatagramFlow?
    let address: SocketAddress? = nil
    private weak var association: UDPAssociation?

    init(_ place: HostPort, association: UDPAssociation) {
        self.place = place
        self.association = association
    }

    func deliver(_ datagram: ArraySlice<UInt8>) -> Bool {
        association?.deliver(datagram, from: place) ?? false
    }

    func flowEnded(_ end: DatagramFlow.End) { association?.flowEnded(of: self) }
}
