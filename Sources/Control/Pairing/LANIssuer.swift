import SRMUDP

/// Hears joiners on the local network: tells messages for our code from all else, and keeps
/// strangers from taking more of our time than they should.
///
/// Does no I/O and knows no clock. What it lets through goes to `PairingIssuer.receive` with the
/// route `.local`; the answers go out as `datagram(for:)`. An answer that is lost is asked for again
/// by the joiner.
package struct LANIssuer {
    /// Machines at once whose datagrams are looked at.
    static let strangerLimit = 16
    /// Datagrams of one machine within `window`. A joiner needs eight a second.
    static let datagramLimit = 200
    static let window = Interval.seconds(10)

    private let tag: [UInt8]
    private var strangers: [IPAddress: Stranger] = [:]

    package init(nameplate: UInt32) { tag = LANDatagram.tag(of: nameplate) }

    /// The message for `PairingIssuer`, or nil if the datagram is not for this code, or if there are
    /// too many.
    package mutating func receive(
        _ bytes: [UInt8], from source: SocketAddress, now: Instant
    ) -> [UInt8]? {
        guard let datagram = LANDatagram(decoding: bytes), datagram.direction == .toIssuer,
            datagram.tag == tag, admit(source.ip, now: now)
        else { return nil }
        return datagram.message
    }

    /// The datagram for a message of `PairingIssuer`.
    package func datagram(for message: [UInt8]) -> [UInt8] {
        LANDatagram(.toJoiner, tag: tag, message: message).encoded
    }

    var strangerCount: Int { strangers.count }

    private mutating func admit(_ source: IPAddress, now: Instant) -> Bool {
        strangers = strangers.filter { $0.value.since + Self.window > now }
        guard var stranger = strangers[source] else {
            guard strangers.count < Self.strangerLimit else { return false }
            strangers[source] = Stranger(since: now)
            return true
        }
        guard stranger.datagramCount < Self.datagramLimit else { return false }
        stranger.datagramCount += 1
        strangers[source] = stranger
        return true
    }

    private struct Stranger {
        let since: Instant
        var datagramCount = 1
    }
}
