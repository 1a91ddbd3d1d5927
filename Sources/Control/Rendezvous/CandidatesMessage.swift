import SRMUDP

/// Where a node may be reached, as one party of a call tells the other.
///
///     offset  size  field
///     0       1     version, 1
///     1       1     mapping of the sender's NAT (`NetworkReport.Mapping`)
///     2       8     instance of the sender's side of the connection that it is about
///     10      1     count n, 0...16
///     11      19n   candidates
package struct CandidatesMessage: Equatable, Sendable {
    package static let version: UInt8 = 1
    private static let headerLength = 11
    /// The length of the longest `encoded`.
    package static let maximumLength = headerLength + Candidate.limit * Candidate.encodedLength

    package let mapping: NetworkReport.Mapping
    /// Tells the other party whether it has this connection already: a node may have several
    /// processes, and a call may be repeated for a connection that fell silent.
    package let instance: UInt64
    package let candidates: [Candidate]

    /// Candidates beyond the limit are left out; the best should stand first.
    package init(mapping: NetworkReport.Mapping, instance: UInt64, candidates: [Candidate]) {
        self.mapping = mapping
        self.instance = instance
        self.candidates = Array(candidates.prefix(Candidate.limit))
    }

    package var encoded: [UInt8] {
        [Self.version, mapping.rawValue]
            + (0..<8).map { UInt8(truncatingIfNeeded: instance >> UInt64(56 - 8 * $0)) }
            + [UInt8(candidates.count)] + candidates.flatMap(\.encoded)
    }

    /// Nil unless the bytes are exactly one message. Candidates of unknown kinds, and those that
    /// cannot be dialled, are left out.
    package init?(encoded bytes: [UInt8]) {
        let length = Candidate.encodedLength
        guard bytes.count >= Self.headerLength, bytes[0] == Self.version,
            let mapping = NetworkReport.Mapping(rawValue: bytes[1]), bytes[10] <= Candidate.limit,
            bytes.count == Self.headerLength + Int(bytes[10]) * length
        else { return nil }
        let instance = bytes[2..<10].reduce(0) { $0 << 8 | UInt64($1) }
        let candidates = (0..<Int(bytes[10])).compactMap { index in
            Candidate(
                encoded: [UInt8](bytes[(Self.headerLength + index * length)...].prefix(length)))
        }
        self.init(mapping: mapping, instance: instance, candidates: candidates)
    }
}
