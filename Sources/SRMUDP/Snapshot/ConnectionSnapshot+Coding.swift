// The bytes of a snapshot: a version, then the fields in the order of their declaration.
extension ConnectionSnapshot {
    private static let maximumText = 4_096

    package func encode(into writer: inout SnapshotWriter) {
        writer.write(Self.version)
        writer.write(fixed: peer.bytes)
        writer.write(instance)
        writer.write(remoteInstance)
        writer.write(remoteParameters.encoded())
        writer.write([observedAddress].compactMap(\.self)) { $0.write($1) }
        writer.write(knownAddresses) { $0.write($1) }
        writer.write(generations) { $1.encode(into: &$0) }
        writer.write(UInt64(sending))
        writer.write(claims) {
            $0.write($1.id.rawValue)
            $0.write(fixed: $1.resetToken)
        }
        writer.write(unconfirmedIDs) { $0.write($1.rawValue) }
        packets.encode(into: &writer)
        writer.write(paths) { $1.encode(into: &$0) }
        writer.write(pathPolicy.rawValue)
        writer.write(announcedSequence)
        writer.write(announcedCandidates) { $0.write(fixed: $1.encoded) }
        writer.write(remoteCandidatesSequence)
        writer.write(remoteCandidates) { $0.write(fixed: $1.encoded) }
        writer.write(lastHeard)
        for counter in statistics.counters { writer.write(counter) }
        streams.encode(into: &writer)
    }

    /// Reads what `encode` wrote.
    ///
    /// - Throws: `invalidValue` for another version and for what no connection can be like,
    ///   `truncated` if the end is missing.
    package init(_ reader: inout ByteReader) throws(WireError) {
        guard try reader.readUInt8() == Self.version,
            let peer = PublicKey(try reader.readArray(PublicKey.length))
        else { throw .invalidValue }
        self.peer = peer
        instance = try reader.readUInt64()
        remoteInstance = try reader.readUInt64()
        let parameters = try reader.readSizedArray(limit: Self.maximumText)
        remoteParameters = try TransportParameters(decoding: parameters.span.bytes)
        observedAddress = try Self.addresses(&reader, limit: 1).first
        knownAddresses = try Self.addresses(&reader, limit: PathProber.givenLimit)
        generations = try Self.generations(&reader)
        let sending = try reader.readUInt64()
        guard sending < UInt64(generations.count) else { throw .invalidValue }
        self.sending = Int(sending)
        claims = try Self.claims(&reader)
        unconfirmedIDs = try Self.unconfirmedIDs(&reader)
        packets = try PacketNumbersSnapshot(&reader)
        paths = try Self.paths(&reader)
        guard let policy = PathPolicy(rawValue: try reader.readText()) else { throw .invalidValue }
        pathPolicy = policy
        announcedSequence = try reader.readOffset()
        announcedCandidates = try Self.candidates(&reader)
        remoteCandidatesSequence = try reader.readOffset()
        remoteCandidates = try Self.candidates(&reader)
        lastHeard = try reader.readInstant()
        statistics = try ConnectionStatistics(&reader)
        streams = try StreamSetSnapshot(&reader)
    }

    private static func addresses(
        _ reader: inout ByteReader, limit: Int
    ) throws(WireError) -> [SocketAddress] {
        let count = try reader.readCount(ofSize: ByteReader.addressLength, limit: limit)
        var addresses: [SocketAddress] = []
        for _ in 0..<count { addresses.append(try reader.readScopedAddress()) }
        guard addresses.allSatisfy(\.isDialable) else { throw .invalidValue }
        return addresses
    }

    private static func generations(
        _ reader: inout ByteReader
    ) throws(WireError) -> [KeyGenerationSnapshot] {
        let count = try reader.readCount(
            ofSize: KeyGenerationSnapshot.leastLength, limit: Connection.maximumGenerations)
        var generations: [KeyGenerationSnapshot] = []
        for _ in 0..<count { generations.append(try KeyGenerationSnapshot(&reader)) }
        return generations
    }

    private static func claims(
        _ reader: inout ByteReader
    ) throws(WireError) -> [(id: ConnectionID, resetToken: [UInt8])] {
        let length = ConnectionID.length + StatelessReset.tokenLength
        let count = try reader.readCount(ofSize: length, limit: Connection.maximumClaims)
        var claims: [(id: ConnectionID, resetToken: [UInt8])] = []
        for _ in 0..<count {
            let id = ConnectionID(rawValue: try reader.readUInt64())
            claims.append((id, try reader.readArray(StatelessReset.tokenLength)))
        }
        return claims
    }

    private static func unconfirmedIDs(
        _ reader: inout ByteReader
    ) throws(WireError) -> [ConnectionID] {
        let count = try reader.readCount(ofSize: ConnectionID.length, limit: unconfirmedLimit)
        var ids: [ConnectionID] = []
        for _ in 0..<count { ids.append(ConnectionID(rawValue: try reader.readUInt64())) }
        return ids
    }

    private static func paths(_ reader: inout ByteReader) throws(WireError) -> [PathSnapshot] {
        let count = try reader.readCount(
            ofSize: PathSnapshot.leastLength, limit: Connection.maximumPaths)
        var paths: [PathSnapshot] = []
        for _ in 0..<count { paths.append(try PathSnapshot(&reader)) }
        guard Set(paths.map(\.remote)).count == paths.count else { throw .invalidValue }
        return paths
    }

    private static func candidates(_ reader: inout ByteReader) throws(WireError) -> [Candidate] {
        let count = try reader.readCount(ofSize: Candidate.encodedLength, limit: Candidate.limit)
        var candidates: [Candidate] = []
        for _ in 0..<count {
            let bytes = try reader.readArray(Candidate.encodedLength)
            guard let candidate = Candidate(encoded: bytes) else { throw .invalidValue }
            candidates.append(candidate)
        }
        return candidates
    }
}

extension KeyGenerationSnapshot {
    static let leastLength = 8 + 8 + 1 + 8 + 1 + 2 + 64 + 40

    func encode(into writer: inout SnapshotWriter) {
        writer.write(localID.rawValue)
        writer.write(remoteID.rawValue)
        writer.write(isPreferred)
        writer.write(createdAt)
        writer.write(retiresAt != nil)
        if let retiresAt { writer.write(retiresAt) }
        writer.write(keys.isConfirmed)
        writer.write(keys.phase)
        writer.write(fixed: keys.sendSecret.exposed)
        writer.write(fixed: keys.receiveSecret.exposed)
        writer.write(keys.firstReceivedOfPhase)
        writer.write(keys.firstSentOfPhase)
        writer.write(keys.packetsSealed)
        writer.write(keys.bytesSealed)
        writer.write(keys.phaseStartedAt)
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        localID = ConnectionID(rawValue: try reader.readUInt64())
        remoteID = ConnectionID(rawValue: try reader.readUInt64())
        isPreferred = try reader.readBool()
        createdAt = try reader.readInstant()
        retiresAt = try reader.readBool() ? try reader.readInstant() : nil
        keys = try KeyRatchetSnapshot(&reader)
    }
}

extension KeyRatchetSnapshot {
    fileprivate init(_ reader: inout ByteReader) throws(WireError) {
        isConfirmed = try reader.readBool()
        phase = try reader.readBool() ? 1 : 0
        var secret = try reader.readArray(32)
        sendSecret = SecretBytes(taking: &secret)
        secret = try reader.readArray(32)
        receiveSecret = SecretBytes(taking: &secret)
        firstReceivedOfPhase = try reader.readUInt64()
        firstSentOfPhase = try reader.readOffset()
        packetsSealed = try reader.readOffset()
        bytesSealed = try reader.readOffset()
        phaseStartedAt = try reader.readInstant()
    }
}

extension PacketNumbersSnapshot {
    fileprivate func encode(into writer: inout SnapshotWriter) {
        writer.write(next)
        writer.write(nextExpected)
        writer.write(received)
        writer.write(largestReceivedTime)
        writer.write(nextProbe)
        for counts in [receivedECN, ecnKnown] {
            for value in [counts.ect0, counts.ect1, counts.ce] { writer.write(value) }
        }
        writer.write(ecnSentCount)
    }

    fileprivate init(_ reader: inout ByteReader) throws(WireError) {
        next = try reader.readOffset()
        nextExpected = try reader.readOffset()
        received = try reader.readRanges(
            within: 0..<nextExpected, limit: ReceivedPacketNumbers.maximumRanges)
        largestReceivedTime = try reader.readInstant()
        nextProbe = try reader.readOffset()
        receivedECN = try Self.counts(&reader)
        ecnKnown = try Self.counts(&reader)
        ecnSentCount = try reader.readOffset()
    }

    private static func counts(_ reader: inout ByteReader) throws(WireError) -> ECNCounts {
        var counts = ECNCounts()
        counts.ect0 = try reader.readOffset()
        counts.ect1 = try reader.readOffset()
        counts.ce = try reader.readOffset()
        return counts
    }
}

extension PathSnapshot {
    static let leastLength = ByteReader.addressLength + 4
    private static let longestRoundTrip: Interval = .seconds(60)

    fileprivate func encode(into writer: inout SnapshotWriter) {
        writer.write(remote)
        writer.write(isOurChoice)
        writer.write(carriesFullSize)
        writer.write(isECNBroken)
        writer.write(roundTrip.map { UInt64(max($0.nanoseconds, 0)) })
    }

    fileprivate init(_ reader: inout ByteReader) throws(WireError) {
        remote = try reader.readScopedAddress()
        guard remote.isDialable else { throw .invalidValue }
        isOurChoice = try reader.readBool()
        carriesFullSize = try reader.readBool()
        isECNBroken = try reader.readBool()
        roundTrip = try reader.readOptionalUInt64().map {
            .nanoseconds(Int64(min($0, UInt64(Self.longestRoundTrip.nanoseconds))))
        }
    }
}

extension ConnectionStatistics {
    fileprivate var counters: [UInt64] {
        [
            packetsSent, packetsReceived, bytesSent, bytesReceived, packetsLost, packetsDropped,
            keyUpdates, handshakes, pathChanges, silences,
        ]
    }

    fileprivate init(_ reader: inout ByteReader) throws(WireError) {
        packetsSent = try reader.readOffset()
        packetsReceived = try reader.readOffset()
        bytesSent = try reader.readOffset()
        bytesReceived = try reader.readOffset()
        packetsLost = try reader.readOffset()
        packetsDropped = try reader.readOffset()
        keyUpdates = try reader.readOffset()
        handshakes = try reader.readOffset()
        pathChanges = try reader.readOffset()
        silences = try reader.readOffset()
    }
}
