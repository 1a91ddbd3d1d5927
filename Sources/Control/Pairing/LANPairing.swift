import SRMUDP

/// Joins the pairing exchange to the local network: sockets of both families, the event loop, and
/// an issuer's or a joiner's side.
///
/// Messages that arrive are handed to `handleMessage`, whose owner gives them to its `PairingIssuer`
/// or `PairingJoiner` with the route `.local(source)`, and gives `.send` actions with such a route
/// back to `send`. An instance lives until `stop`; its sockets close with it.
package final class LANPairing: EventHandler {
    private enum Side {
        case issuer(LANIssuer)
        case joiner(LANJoiner)
    }

    /// New interfaces are looked for as often.
    private static let joinInterval = Interval.seconds(5)
    private static let datagramsPerTurn = 32

    private let loop: EventLoop
    private let handleMessage: (_ message: [UInt8], _ route: PairingRoute) -> Void
    private let sockets: [MulticastSocket]
    private var side: Side
    private var hook: TurnHook?
    private var nextJoin: Instant

    /// Hears joiners.
    ///
    /// - Throws: if the machine lets us use neither family.
    package static func issuer(
        nameplate: UInt32, loop: EventLoop,
        handleMessage: @escaping (_ message: [UInt8], _ route: PairingRoute) -> Void
    ) throws(SystemError) -> LANPairing {
        try LANPairing(.issuer(LANIssuer(nameplate: nameplate)), loop, handleMessage)
    }

    /// Calls for the issuer.
    ///
    /// - Parameter firstMessage: m1, `PairingJoiner.firstMessage`.
    /// - Throws: if the machine lets us use neither family.
    package static func joiner(
        nameplate: UInt32, firstMessage: [UInt8], random: any RandomSource, loop: EventLoop,
        handleMessage: @escaping (_ message: [UInt8], _ route: PairingRoute) -> Void
    ) throws(SystemError) -> LANPairing {
        let joiner = LANJoiner(
            nameplate: nameplate, firstMessage: firstMessage, random: random, now: loop.now)
        return try LANPairing(.joiner(joiner), loop, handleMessage)
    }

    private init(
        _ side: Side, _ loop: EventLoop,
        _ handleMessage: @escaping ([UInt8], PairingRoute) -> Void
    ) throws(SystemError) {
        self.side = side
        self.loop = loop
        self.handleMessage = handleMessage
        sockets = try Self.open(side)
        nextJoin = loop.now + Self.joinInterval
        for socket in sockets {
            try loop.register(socket.fileDescriptor, for: .readable, handler: self)
        }
        hook = loop.addTurnHook { [unowned self] now in endTurn(now: now) }
    }

    /// Sends a message of the exchange to an address that a message came from.
    package func send(_ message: [UInt8], to address: SocketAddress) {
        switch side {
        case .issuer(let issuer): transmit(issuer.datagram(for: message), to: address)
        case .joiner(var joiner):
            joiner.send(message, to: address, now: loop.now)
            side = .joiner(joiner)
            loop.requestTurn()
        }
    }

    /// Sends what is still to be sent, once, and ends.
    package func stop() {
        if case .joiner(var joiner) = side {
            joiner.stop()
            side = .joiner(joiner)
            _ = endTurn(now: loop.now)
        }
        if let hook { loop.removeTurnHook(hook) }
        hook = nil
        for socket in sockets { loop.unregister(socket.fileDescriptor) }
    }

    package func ready(_ readiness: Readiness, now: Instant) {
        for socket in sockets {
            for _ in 0..<Self.datagramsPerTurn {
                // Handling a message may have stopped us.
                guard hook != nil, let (bytes, source) = socket.receive() else { break }
                if let message = admit(bytes, from: source, now: now) {
                    handleMessage(message, .local(source))
                }
            }
        }
    }

    private func admit(_ bytes: [UInt8], from source: SocketAddress, now: Instant) -> [UInt8]? {
        switch side {
        case .issuer(var issuer):
            let message = issuer.receive(bytes, from: source, now: now)
            side = .issuer(issuer)
            return message
        case .joiner(let joiner): return joiner.receive(bytes)
        }
    }

    private func endTurn(now: Instant) -> Instant? {
        switch side {
        case .issuer:
            if nextJoin <= now {
                for socket in sockets { socket.joinInterfaces() }
                nextJoin = now + Self.joinInterval
            }
            return nextJoin
        case .joiner(var joiner):
            while let next = joiner.pollTransmit(now: now) {
                switch next {
                case .toGroups(let bytes):
                    for socket in sockets { socket.sendToGroup(bytes) }
                case .toAddress(let bytes, let address): transmit(bytes, to: address)
                }
            }
            side = .joiner(joiner)
            return joiner.nextTimeout
        }
    }

    private func transmit(_ bytes: [UInt8], to address: SocketAddress) {
        for socket in sockets where socket.kind == .talker { socket.send(bytes, to: address) }
    }

    /// The sockets of the families that the machine has.
    private static func open(_ side: Side) throws(SystemError) -> [MulticastSocket] {
        let kinds: [MulticastSocket.Kind]
        switch side {
        case .issuer: kinds = [.listener, .talker]
        case .joiner: kinds = [.talker]
        }
        var sockets: [MulticastSocket] = []
        var failure: SystemError?
        for group in [LANDatagram.groupIPv4, LANDatagram.groupIPv6] {
            do throws(SystemError) {
                var family: [MulticastSocket] = []
                for kind in kinds { family.append(try MulticastSocket(kind, group: group)) }
                sockets += family
            } catch {
                failure = error
            }
        }
        if sockets.isEmpty, let failure { throw failure }
        return sockets
    }
}
