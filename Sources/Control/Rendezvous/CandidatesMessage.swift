import SRMUDP

/// How a NAT chooses the outside address of a socket (RFC 4787 section 4.1).
package enum NATMapping: UInt8, Sendable, CaseIterable {
    case unknown = 0
    /// There is no NAT.
    case none = 1
    /// The same for all destinations: what a server sees is where everybody can send to.
    case endpointIndependent = 2
    /// Another one for each address ...
    case addressDependent = 3
    /// ... or for each address and port, which is told apart only with two servers.
    case addressAndPortDependent = 4
}

/// Where a node may be reached, as one party of a call tells the other.
///
///     offset  size  field
///     0       1     version, 1
///     1       1     NAT mapping
///     2       1     count n, 0...16
///     3       19n   candidates
package struct CandidatesMessage: Equatable, Sendable {
    package static let version: UInt8 = 1
    /// The length of the longest `encoded`.
    package static let maximumLength = 3 + Candidate.limit * Candidate.encodedLength

    package let mapping: NATMapping
    package let candidates: [Candidate]

    /// Candidates beyond the limit are left out; the best should stand first.
    package init(mapping: NATMapping, candidates: [Candidate]) {
        self.mapping = mapping
        self.candidates = Array(candidates.prefix(Candidate.limit))
    }

    package var encoded: [UInt8] {
        [Self.version, mapping.rawValue, UInt8(candidates.count)]
            + candidates.flatMap(\.encoded)
    }

    /// Nil unless the bytes are exactly one message. Candidates of unknown kinds, and those that
    /// cannot be dialled, are left out.
    package init?(encoded bytes: [UInt8]) {
        guard bytes.count >= 3, bytes[0] == Self.version, let mapping = NATMapping(rawValue: bytes[1]),
            bytes[2] <= Candidate.limit,
            bytes.count == 3 + Int(bytes[2]) * Candidate.encodedLength
        else { return nil }
        let length = Candidate.encodedLength
        let candidates = (0..<Int(bytes[2])).compactMap { index in
            Candidate(encoded: [UInt8](bytes[(3 + index * length)...].prefix(length)))
        }
        self.init(mapping: mapping, candidates: candidates)
    }
}
