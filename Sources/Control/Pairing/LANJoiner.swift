import SRMUDP

/// Calls for the issuer on the local network until it answers, and repeats what may have been lost.
///
/// Does no I/O and knows no clock: after each input, and at `nextTimeout`, its owner sends what
/// `pollTransmit` returns until that is nil. Messages that `receive` lets through go to
/// `PairingJoiner.receive` with the route `.local`.
package struct LANJoiner {
    package enum Transmit: Equatable {
        /// To the groups of both families, by all interfaces.
        case toGroups([UInt8])
        case toAddress([UInt8], SocketAddress)
    }

    private enum State {
        /// m1 goes to the groups.
        case calling
        /// m3 goes to who answered; one issuer may have answered from several addresses.
        case confirming(Set<SocketAddress>)
        case stopped
    }

    /// Between two sendings of the same message, give or take a fifth.
    static let interval = Interval.milliseconds(250)
    private static let addressLimit = 8
    private static let queueLimit = 16

    private let tag: [UInt8]
    private let random: any RandomSource
    private var state = State.calling
    /// What is sent again and again.
    private var message: [UInt8]
    private var queue: [Transmit] = []
    private var nextSending: Instant

    /// - Parameter firstMessage: m1, `PairingJoiner.firstMessage`.
    package init(
        nameplate: UInt32, firstMessage: [UInt8], random: any RandomSource, now: Instant
    ) {
        tag = LANDatagram.tag(of: nameplate)
        message = firstMessage
        self.random = random
        nextSending = now
    }

    /// The message for `PairingJoiner`, or nil if the datagram is none for it. Our own calls, which
    /// come back to us, are none.
    package func receive(_ bytes: [UInt8]) -> [UInt8]? {
        guard let datagram = LANDatagram(decoding: bytes), datagram.direction == .toJoiner,
            datagram.tag == tag
        else { return nil }
        return datagram.message
    }

    /// Sends a message of `PairingJoiner` to `address`; m3 again and again until `stop`.
    package mutating func send(_ message: [UInt8], to address: SocketAddress, now: Instant) {
        enqueue(.toAddress(datagram(for: message), address))
        guard message.first == Self.confirmationType else { return }
        switch state {
        case .calling: state = .confirming([address])
        case .confirming(var addresses):
            guard addresses.count < Self.addressLimit else { return }
            addresses.insert(address)
            state = .confirming(addresses)
        case .stopped: return
        }
        self.message = message
        nextSending = now + nextInterval()
    }

    /// The exchange is over; what was queued before still goes out.
    package mutating func stop() { state = .stopped }

    package mutating func pollTransmit(now: Instant) -> Transmit? {
        if nextSending <= now {
            switch state {
            case .calling: enqueue(.toGroups(datagram(for: message)))
            case .confirming(let addresses):
                for address in addresses { enqueue(.toAddress(datagram(for: message), address)) }
            case .stopped: break
            }
            nextSending = now + nextInterval()
        }
        return queue.isEmpty ? nil : queue.removeFirst()
    }

    /// When to call `pollTransmit`; nil once there is nothing to repeat.
    package var nextTimeout: Instant? {
        switch state {
        case .calling, .confirming: nextSending
        case .stopped: nil
        }
    }

    private static let confirmationType: UInt8 = 3

    private func datagram(for message: [UInt8]) -> [UInt8] {
        LANDatagram(.toIssuer, tag: tag, message: message).encoded
    }

    private mutating func enqueue(_ transmit: Transmit) {
        guard queue.count < Self.queueLimit else { return }
        queue.append(transmit)
    }

    private func nextInterval() -> Interval {
        // Joiners that began together should not call together for ever.
        let percent = Int64(80 + random.next(below: 41))
        return Self.interval * percent / 100
    }
}
