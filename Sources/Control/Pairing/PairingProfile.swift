import SRMUDP

/// What a node tells about itself when it is paired.
package struct PairingProfile: Equatable {
    package enum Failure: Error, Equatable {
        case tooManyOffers(Int)
        case offerTooLong(String)
        case rendezvousTooLong(String)
    }

    /// Bytes of UTF-8, as in a ticket.
    package static let labelLimit = Ticket.labelLimit
    package static let candidateLimit = Candidate.limit
    package static let offerLimit = 8
    /// Bytes of ASCII in one offer.
    package static let offerLengthLimit = 64
    /// Bytes of ASCII.
    package static let rendezvousLengthLimit = 160

    package let publicKey: PublicKey
    /// What the node calls itself; may be empty. Printable, but from a stranger any text.
    package let label: String
    /// Where it may be reached, the most promising first; at most 16, all of them can be dialled.
    package let candidates: [Candidate]
    /// What the other side may ask for, such as `localhost:8080`.
    package let offers: [String]
    /// `host:port#ID` of the rendezvous server that the node uses; empty if it has none.
    package let rendezvous: String

    /// Of `label`, what can be printed and fits is kept; of `candidates`, the first 16 that can be
    /// dialled.
    ///
    /// - Throws: if `offers` or `rendezvous` are too long or not printable ASCII.
    package init(
        publicKey: PublicKey, label: String, candidates: [Candidate], offers: [String] = [],
        rendezvous: String = ""
    ) throws(Failure) {
        guard offers.count <= Self.offerLimit else { throw .tooManyOffers(offers.count) }
        for offer in offers where !Self.isPlain(offer, 1...Self.offerLengthLimit) {
            throw .offerTooLong(offer)
        }
        guard Self.isPlain(rendezvous, 0...Self.rendezvousLengthLimit) else {
            throw .rendezvousTooLong(rendezvous)
        }
        self.publicKey = publicKey
        self.label = Self.trimmed(label)
        self.candidates = Array(
            candidates.filter { $0.address.isDialable }.prefix(Self.candidateLimit))
        self.offers = offers
        self.rendezvous = rendezvous
    }

    /// Without offers and a server there is nothing that could be too long.
    init(plain publicKey: PublicKey, label: String, candidates: [Candidate]) {
        self.publicKey = publicKey
        self.label = Self.trimmed(label)
        self.candidates = Array(
            candidates.filter { $0.address.isDialable }.prefix(Self.candidateLimit))
        offers = []
        rendezvous = ""
    }

    /// Printable ASCII without blanks, of such a length.
    private static func isPlain(_ text: String, _ lengths: ClosedRange<Int>) -> Bool {
        lengths.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
    }

    private static func trimmed(_ label: String) -> String {
        var result = ""
        for character in label where isPrintable(character) {
            guard result.utf8.count + character.utf8.count <= labelLimit else { break }
            result.append(character)
        }
        return result
    }

    /// Neither controls nor what turns the direction of text, which could make a terminal show
    /// something else than what is there.
    private static func isPrintable(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse,
                .unassigned:
                false
            default: true
            }
        }
    }
}

extension PairingProfile {
    func write(to bytes: inout [UInt8]) {
        bytes += [UInt8(label.utf8.count)] + [UInt8](label.utf8)
        bytes += [UInt8(candidates.count)] + candidates.flatMap(\.encoded)
        bytes.append(UInt8(offers.count))
        for offer in offers { bytes += [UInt8(offer.utf8.count)] + [UInt8](offer.utf8) }
        bytes += [UInt8(rendezvous.utf8.count)] + [UInt8](rendezvous.utf8)
    }

    /// Reads what `write` wrote. Candidates of kinds that this version does not know, and those that
    /// cannot be dialled, are left out.
    init(publicKey: PublicKey, reading reader: inout ByteReader) throws(WireError) {
        let label = try Self.readText(&reader, limit: Self.labelLimit)
        guard label.allSatisfy(Self.isPrintable) else { throw .invalidValue }
        var candidates: [Candidate] = []
        let candidateCount = try reader.readUInt8()
        guard candidateCount <= Self.candidateLimit else { throw .invalidValue }
        for _ in 0..<candidateCount {
            let encoded = try reader.readArray(Candidate.encodedLength)
            if let candidate = Candidate(encoded: encoded) { candidates.append(candidate) }
        }
        var offers: [String] = []
        let offerCount = try reader.readUInt8()
        guard offerCount <= Self.offerLimit else { throw .invalidValue }
        for _ in 0..<offerCount {
            offers.append(try Self.readText(&reader, limit: Self.offerLengthLimit))
        }
        let rendezvous = try Self.readText(&reader, limit: Self.rendezvousLengthLimit)
        do throws(Failure) {
            try self.init(
                publicKey: publicKey, label: label, candidates: candidates, offers: offers,
                rendezvous: rendezvous)
        } catch {
            throw .invalidValue
        }
    }

    private static func readText(
        _ reader: inout ByteReader, limit: Int
    ) throws(WireError) -> String {
        let length = Int(try reader.readUInt8())
        guard length <= limit else { throw .invalidValue }
        guard let text = String(validating: try reader.readArray(length), as: UTF8.self) else {
            throw .invalidValue
        }
        return text
    }
}

extension PairingProfile.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooManyOffers(let count):
            "\(count) offers are more than the \(PairingProfile.offerLimit) that fit"
        case .offerTooLong(let offer):
            "'\(offer)' is no offer: 1 to \(PairingProfile.offerLengthLimit) printable characters"
        case .rendezvousTooLong:
            "the rendezvous address has more than \(PairingProfile.rendezvousLengthLimit)"
                + " characters, or some that cannot be printed"
        }
    }
}
