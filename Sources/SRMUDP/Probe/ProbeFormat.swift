/// Asks a server which address our datagrams come from. Always 64 bytes, so that no answer is
/// longer than what was asked with.
///
///     PROBE           F4 | 01 | flags | 00 | transaction 12 | zeros
///     PROBE ANSWER    F5 | 01 | flags | 00 | transaction 12 | observed address 18 | other port 2 | zeros
///
/// Flags, bit 0: answer from the other port. Unknown flags are ignored, and so are the bytes that
/// are zeros now.
package struct ProbeRequest: Equatable, Sendable {
    package static let length = 64

    package let transaction: ProbeTransaction
    /// Whether the answer is to come from another port than the one asked.
    package let wantsOtherPort: Bool

    package init(transaction: ProbeTransaction, wantsOtherPort: Bool = false) {
        self.transaction = transaction
        self.wantsOtherPort = wantsOtherPort
    }

    /// Nil unless this is a PROBE.
    package init?(_ datagram: [UInt8]) {
        guard ProbeFormat.isValid(datagram, kind: DatagramKind.probe) else { return nil }
        transaction = ProbeTransaction(datagram[4..<16])
        wantsOtherPort = datagram[2] & 1 != 0
    }

    package var encoded: [UInt8] {
        ProbeFormat.datagram(
            DatagramKind.probe, flags: wantsOtherPort ? 1 : 0, transaction.bytes)
    }
}

/// What a server saw.
package struct ProbeAnswer: Equatable, Sendable {
    package let transaction: ProbeTransaction
    /// Where the request came from. Whether it makes sense is for the reader to judge.
    package let observed: SocketAddress
    /// The server's other port than the one that was asked; nil if it has none.
    package let otherPort: UInt16?

    package init(transaction: ProbeTransaction, observed: SocketAddress, otherPort: UInt16?) {
        self.transaction = transaction
        self.observed = observed
        self.otherPort = otherPort
    }

    /// Nil unless this is a PROBE ANSWER.
    package init?(_ datagram: [UInt8]) {
        guard ProbeFormat.isValid(datagram, kind: DatagramKind.probeAnswer),
            let observed = SocketAddress(encoded: Array(datagram[16..<34]))
        else { return nil }
        let port = UInt16(datagram[34]) << 8 | UInt16(datagram[35])
        self.init(
            transaction: ProbeTransaction(datagram[4..<16]), observed: observed,
            otherPort: port == 0 ? nil : port)
    }

    package var encoded: [UInt8] {
        let port = otherPort ?? 0
        return ProbeFormat.datagram(
            DatagramKind.probeAnswer, flags: 0,
            transaction.bytes + observed.encoded + [UInt8(port >> 8), UInt8(port & 0xff)])
    }
}

/// Asks a server for its static key, where none is pinned in its address.
///
///     KEY REQUEST    F8 | 01 | 00 00 | nonce 8 | zeros
///     KEY ANSWER     F9 | 01 | 00 00 | nonce 8 | static public key 32 | zeros
package struct KeyRequest: Equatable, Sendable {
    package let nonce: UInt64

    package init(nonce: UInt64) { self.nonce = nonce }

    /// Nil unless this is a KEY REQUEST.
    package init?(_ datagram: [UInt8]) {
        guard ProbeFormat.isValid(datagram, kind: DatagramKind.keyRequest) else { return nil }
        nonce = ProbeFormat.number(datagram[4..<12])
    }

    package var encoded: [UInt8] {
        ProbeFormat.datagram(DatagramKind.keyRequest, flags: 0, ProbeFormat.bytes(nonce))
    }
}

/// A server's static key. Nothing proves it but the handshake that follows.
package struct KeyAnswer: Equatable, Sendable {
    package let nonce: UInt64
    package let key: PublicKey

    package init(nonce: UInt64, key: PublicKey) {
        self.nonce = nonce
        self.key = key
    }

    /// Nil unless this is a KEY ANSWER.
    package init?(_ datagram: [UInt8]) {
        guard ProbeFormat.isValid(datagram, kind: DatagramKind.keyAnswer),
            let key = PublicKey(datagram[12..<44])
        else { return nil }
        self.init(nonce: ProbeFormat.number(datagram[4..<12]), key: key)
    }

    package var encoded: [UInt8] {
        ProbeFormat.datagram(DatagramKind.keyAnswer, flags: 0, ProbeFormat.bytes(nonce) + key.bytes)
    }
}

/// Twelve random bytes that an answer repeats, so that only who saw the request can answer.
package struct ProbeTransaction: Hashable, Sendable {
    package static let length = 12

    private let high: UInt64
    private let low: UInt32

    package init(random: any RandomSource) {
        high = random.next()
        low = UInt32(truncatingIfNeeded: random.next())
    }

    /// - Parameter bytes: twelve.
    package init(_ bytes: ArraySlice<UInt8>) {
        precondition(bytes.count == Self.length, "a transaction has twelve bytes")
        high = ProbeFormat.number(bytes.prefix(8))
        low = UInt32(truncatingIfNeeded: ProbeFormat.number(bytes.suffix(4)))
    }

    package var bytes: [UInt8] {
        ProbeFormat.bytes(high) + ProbeFormat.bytes(UInt64(low)).suffix(4)
    }
}

/// What the four datagrams have in common.
private enum ProbeFormat {
    static let version: UInt8 = 1

    static func isValid(_ datagram: [UInt8], kind: UInt8) -> Bool {
        datagram.count == ProbeRequest.length && datagram[0] == kind && datagram[1] == version
    }

    static func datagram(_ kind: UInt8, flags: UInt8, _ fields: [UInt8]) -> [UInt8] {
        let start = [kind, version, flags, 0] + fields
        return start + [UInt8](repeating: 0, count: ProbeRequest.length - start.count)
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }

    static func bytes(_ number: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * $0)) }
    }
}
