import SRMUDP

/// What one node hands to another, out of band, so that the two can meet without any server.
///
/// An *offer* carries a fresh secret and is good for one peer. Where both sides are behind NAT the
/// accepting side gives an *answer* back, which names the offer, carries no secret and proves that
/// its sender knew the offer's.
///
/// The text is `p2pf1` and base64url of these bytes (integers big-endian):
///
///     offset  bytes
///          0      1  version, 1
///          1      1  kind: 1 offer, 2 answer
///          2     16  ticket ID; of an answer the offer's
///         18     32  static public key of the issuer
///         50     32  offer: pre-shared key
///                    answer: HMAC-SHA256(the offer's pre-shared key, "p2pfwd answer" ‖ all other
///                    bytes but the checksum)
///         82      6  expiry in seconds since 1970
///         88      1  number of candidates, n
///         89   18*n  candidates: IPv6 or mapped IPv4 address, port
///     89+18n      1  length of the label, at most 64
///     90+18n         label in UTF-8
///                 8  checksum: SHA-256("p2pfwd ticket" ‖ all before), the first 8 bytes
package struct Ticket {
    package enum Kind: Equatable {
        case offer(preSharedKey: SecretBytes)
        case answer(authenticator: [UInt8])
    }

    package static let prefix = "p2pf1"
    package static let candidateLimit = 8
    package static let labelLimit = 64

    package let id: TicketID
    package let kind: Kind
    package let issuer: PublicKey
    package let expiry: UnixTime
    /// At most 8, usable ones only, the most promising first.
    package let candidates: [SocketAddress]
    /// What the issuer calls itself; may be empty.
    package let label: String

    private init(
        id: TicketID, kind: Kind, issuer: PublicKey, expiry: UnixTime,
        candidates: [SocketAddress], label: String
    ) {
        self.id = id
        self.kind = kind
        self.issuer = issuer
        self.expiry = expiry
        self.candidates = Array(candidates.filter(Self.isUsable).prefix(Self.candidateLimit))
        self.label = Self.trimmed(label)
    }

    /// A new offer; `candidates` that cannot be dialled are left out.
    package static func offer(
        id: TicketID, preSharedKey: SecretBytes, issuer: PublicKey, expiry: UnixTime,
        candidates: [SocketAddress], label: String
    ) -> Ticket {
        Ticket(
            id: id, kind: .offer(preSharedKey: preSharedKey), issuer: issuer, expiry: expiry,
            candidates: candidates, label: label)
    }

    /// The answer to `self`, or nil if `self` is no offer. It expires when the offer does.
    package func answer(
        issuer: PublicKey, candidates: [SocketAddress], label: String
    ) -> Ticket? {
        guard case .offer(let preSharedKey) = kind else { return nil }
        func ticket(_ authenticator: [UInt8]) -> Ticket {
            Ticket(
                id: id, kind: .answer(authenticator: authenticator), issuer: issuer,
                expiry: expiry, candidates: candidates, label: label)
        }
        let unsigned = ticket([UInt8](repeating: 0, count: SHA256.length))
        return ticket(unsigned.authenticator(preSharedKey))
    }

    /// Whether this answer was made by somebody who had the offer with this key.
    package func isAuthentic(preSharedKey: SecretBytes) -> Bool {
        guard case .answer(let authenticator) = kind else { return false }
        return constantTimeEqual(authenticator, self.authenticator(preSharedKey))
    }

    private func authenticator(_ preSharedKey: SecretBytes) -> [UInt8] {
        var bytes = body
        bytes.replaceSubrange(50..<82, with: [UInt8](repeating: 0, count: SHA256.length))
        return HMACSHA256.code(key: preSharedKey, [UInt8]("p2pfwd answer".utf8) + bytes)
    }

    /// Whether the ticket can be accepted here and now.
    package func check(now: UnixTime, ownKey: PublicKey) throws(TicketError) {
        guard issuer != ownKey else { throw .own }
        guard now < expiry else { throw .expired(expiry) }
        guard !candidates.isEmpty else { throw .noCandidates }
    }

    /// Whether something could answer at this address.
    package static func isUsable(_ candidate: SocketAddress) -> Bool {
        let ip = candidate.ip
        return candidate.port != 0 && !ip.isUnspecified && !ip.isMulticast && !ip.isBroadcast
    }

    /// The label without control characters, cut to what fits.
    private static func trimmed(_ label: String) -> String {
        var result = ""
        for character in label {
            let isControl = character.unicodeScalars.contains {
                $0.properties.generalCategory == .control
            }
            if isControl { continue }
            guard result.utf8.count + character.utf8.count <= labelLimit else { break }
            result.append(character)
        }
        return result
    }
}

extension Ticket {
    /// The ticket as text. An offer's text is a secret until it was used.
    package var text: String {
        let body = body
        return Self.prefix + TextCoding.base64URL.encode(body + Self.checksum(body))
    }

    /// Everything but the checksum.
    private var body: [UInt8] {
        let tag: UInt8
        let secret: [UInt8]
        switch kind {
        case .offer(let preSharedKey): (tag, secret) = (1, preSharedKey.exposed)
        case .answer(let authenticator): (tag, secret) = (2, authenticator)
        }
        let seconds = (0..<6).map { UInt8(truncatingIfNeeded: expiry.seconds >> (40 - 8 * $0)) }
        let head = [1, tag] + id.bytes + issuer.bytes + secret + seconds
        let addresses = [UInt8(candidates.count)] + candidates.flatMap(\.encoded)
        return head + addresses + [UInt8(label.utf8.count)] + [UInt8](label.utf8)
    }

    fileprivate static func checksum(_ body: [UInt8]) -> [UInt8] {
        Array(SHA256.digest([UInt8]("p2pfwd ticket".utf8), body)[..<8])
    }

    /// Whether `text` is meant to be a ticket, perhaps a damaged one.
    package static func looksLikeTicket(_ text: String) -> Bool {
        let start = text.drop { $0.isWhitespace || "\"'>`".contains($0) }
        return start.lowercased().hasPrefix("p2pf")
    }

    /// Reads a ticket as it comes out of a mail or a terminal: white space, line breaks and marks
    /// of quotation (`>`) are skipped, and quotation marks around it.
    ///
    /// Candidates that cannot be dialled, and those behind the eighth, are ignored.
    package init(parsing text: String) throws(TicketError) {
        let text = try Self.stripped(text)
        guard text.hasPrefix("p2pf") else { throw .notATicket }
        let version = text.dropFirst(4).first?.wholeNumberValue
        guard let bytes = TextCoding.base64URL.decode(text.dropFirst(Self.prefix.count)),
            bytes.count > 8, Self.checksum(Array(bytes.dropLast(8))) == Array(bytes.suffix(8))
        else {
            // What a later version writes may look different from the sixth character on.
            if let version, version > 1 { throw .newerVersion(version) }
            throw .typo
        }
        guard bytes[0] <= 1 else { throw .newerVersion(Int(bytes[0])) }
        guard bytes[0] == 1 else { throw .malformed }
        guard version == 1 else { throw .typo }
        do throws(WireError) {
            var reader = ByteReader(bytes.span.bytes.extracting(0..<bytes.count - 8))
            self = try Ticket(reading: &reader)
        } catch {
            throw .malformed
        }
    }

    private static func stripped(_ text: String) throws(TicketError) -> String {
        // A megabyte is no ticket; do not work on it.
        guard text.utf8.count <= 8_192 else { throw .notATicket }
        let skipped: Set<Character> = [">", "\"", "'", "`", "<", "“", "”", "\u{feff}"]
        return String(text.filter { !$0.isWhitespace && !skipped.contains($0) })
    }

    private init(reading reader: inout ByteReader) throws(WireError) {
        _ = try reader.readUInt8()
        let tag = try reader.readUInt8()
        let id = TicketID(try reader.readArray(TicketID.length))
        let issuer = PublicKey(try reader.readArray(PublicKey.length))
        var secret = try reader.readArray(32)
        let expiry = try reader.readArray(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        var candidates: [SocketAddress] = []
        for _ in 0..<(try reader.readUInt8()) {
            let bytes = try reader.readArray(SocketAddress.encodedLength)
            if let candidate = SocketAddress(encoded: bytes) { candidates.append(candidate) }
        }
        let length = Int(try reader.readUInt8())
        let labelBytes = try reader.readArray(length)
        let kind: Kind? =
            switch tag {
            case 1: .offer(preSharedKey: SecretBytes(taking: &secret))
            case 2: .answer(authenticator: secret)
            default: nil
            }
        guard let id, let issuer, let kind, length <= Self.labelLimit, reader.isAtEnd,
            let label = String(validating: labelBytes, as: UTF8.self)
        else { throw .invalidValue }
        self.init(
            id: id, kind: kind, issuer: issuer, expiry: UnixTime(seconds: expiry),
            candidates: candidates, label: label)
    }
}

extension Ticket: CustomStringConvertible, CustomReflectable {
    package var description: String { "ticket \(id)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
