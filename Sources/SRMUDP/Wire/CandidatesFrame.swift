/// CANDIDATES: where the sender may be reached.
///
///     type 0x40    varint, so two bytes: 40 40
///     sequence     varint; the frame with the highest one holds
///     count        1, at most 16
///     count times:
///       kind       1
///       address    18, as `SocketAddress.encoded`
struct CandidatesFrame {
    let sequence: UInt64
    let candidates: [Candidate]

    /// At most `Candidate.limit` candidates.
    init(sequence: UInt64, candidates: [Candidate]) {
        precondition(candidates.count <= Candidate.limit, "a frame holds 16 candidates")
        self.sequence = sequence
        self.candidates = candidates
    }

    /// Reads what stands behind the type. Kinds that are not known, and addresses that nothing can
    /// be sent to or that mean something on one machine only, are mistakes.
    init(_ reader: inout ByteReader) throws(WireError) {
        sequence = try reader.readVarint()
        let count = Int(try reader.readUInt8())
        guard count <= Candidate.limit else { throw .invalidValue }
        var candidates: [Candidate] = []
        for _ in 0..<count {
            let bytes = try reader.readArray(Candidate.encodedLength)
            guard let candidate = Candidate(encoded: bytes) else { throw .invalidValue }
            candidates.append(candidate)
        }
        self.candidates = candidates
    }

    var encodedLength: Int {
        ByteWriter.varintLength(ConnectionFrameType.candidates)
            + ByteWriter.varintLength(sequence) + 1 + candidates.count * Candidate.encodedLength
    }

    func write(into writer: inout ByteWriter) {
        writer.writeVarint(ConnectionFrameType.candidates)
        writer.writeVarint(sequence)
        writer.write(UInt8(candidates.count))
        for candidate in candidates { writer.write(candidate.encoded) }
    }
}
