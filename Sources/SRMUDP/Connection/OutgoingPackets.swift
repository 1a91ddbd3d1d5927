/// The packets that leave: gives each its number, seals it, and remembers what it carried until its
/// fate is known.
///
/// A value without copies, which the connection enters once for a batch of packets or for an ACK
/// frame. What else a batch needs is lent to it for that time.
struct OutgoingPackets: ~Copyable {
    /// After this many packets that need no ACK one gets a PING, so that the peer's acknowledgement
    /// lets us forget what we acknowledge.
    private static let longestUntrackedRun = 32

    var recovery: RecoveryState
    /// What the packets in flight carried; a packet knows which elements are its own.
    var sentFrames = RingBuffer<SentFrame>()
    /// Packets of the last ACK frame that tell which sizes pass.
    var notable: [UInt64] = []
    /// The next packet number that is left out, to find out a peer that invents ACKs.
    var nextSkippedNumber: UInt64
    private let random: any RandomSource

    init(
        maximumAckDelay: Interval, random: any RandomSource, firstPacketNumber: UInt64 = 0
    ) {
        recovery = RecoveryState(
            maxAckDelay: maximumAckDelay, firstPacketNumber: firstPacketNumber)
        nextSkippedNumber = firstPacketNumber + 100 + random.next(below: 900)
        self.random = random
    }

    // MARK: One packet

    /// A packet that is being written.
    struct OpenPacket {
        let start: Int
        let number: UInt64
        let firstFrame: UInt64
        var isMTUProbe = false
    }

    /// Begins a packet of at most `size` bytes at the end of the batch.
    mutating func begin(
        _ batch: inout TransmitBatch, keys: borrowing KeyRatchet, to destination: ConnectionID,
        size: Int, now: Instant
    ) -> OpenPacket {
        if recovery.nextPacketNumber >= nextSkippedNumber {
            recovery.skipPacketNumber(now: now, nextFrame: sentFrames.endIndex)
            nextSkippedNumber = recovery.nextPacketNumber + 100 + random.next(below: 900)
        }
        let start = batch.length
        let number = recovery.nextPacketNumber
        batch.writer.reset(to: start, limit: start + size - PacketHeader.tagLength)
        PacketHeader.write(
            into: &batch.writer, keyPhase: keys.phase, destination: destination,
            packetNumber: number)
        return OpenPacket(start: start, number: number, firstFrame: sentFrames.endIndex)
    }

    /// Seals a packet whose frames are written, and notes it for the path that it takes.
    ///
    /// Without a path it is in no account: nothing is concluded from its loss.
    /// - Returns: whether it is in an account and the peer has to acknowledge it.
    @discardableResult
    mutating func end(
        _ packet: OpenPacket, _ batch: inout TransmitBatch, keys: inout KeyRatchet, pathID: UInt8?,
        now: Instant
    ) -> Bool {
        let end = batch.length
        let payload = packet.start + PacketHeader.length..<end
        batch.writer.reset(to: end, limit: TransmitBatch.capacity)
        keys.seal(
            &batch.writer.storage, header: packet.start..<payload.lowerBound, payload: payload,
            borrowed: batch.writer.borrowed, packetNumber: packet.number)
        batch.writer.returnBorrowed()
        batch.writer.advance(PacketHeader.tagLength)
        let isACKEliciting = pathID != nil && hasACKEliciting(since: packet.firstFrame)
        recovery.packetSent(
            SentPacket(
                sentTime: now, size: UInt32(batch.length - packet.start), pathID: pathID ?? 0,
                isAckEliciting: isACKEliciting, isMTUProbe: packet.isMTUProbe,
                isECNMarked: batch.ecn != 0, firstFrame: packet.firstFrame,
                frameCount: UInt16(sentFrames.endIndex - packet.firstFrame)))
        return isACKEliciting
    }

    private func hasACKEliciting(since firstFrame: UInt64) -> Bool {
        for index in firstFrame..<sentFrames.endIndex where sentFrames[index].isACKEliciting {
            return true
        }
        return false
    }

    // MARK: A batch of them

    /// What a batch is filled from.
    struct Filling {
        let pathID: UInt8
        let destination: ConnectionID
        /// The largest packet that the path carries.
        let size: Int
        let ecn: ECNCounts
        let now: Instant
        /// Bytes of data that may leave: at first what the address may be sent, then also by pace
        /// and by window.
        var budget: Int
        /// Packets that have to leave whatever the budget is, to be acknowledged.
        var probes: Int
        /// What the peer is still to be told of our addresses; nil for nothing.
        var candidates: CandidatesFrame?
        /// Whether one of the packets has to be acknowledged.
        var isACKEliciting = false
        /// When to go on, if it is the pace that stops us; the window needs no timer.
        var pacingDeadline: Instant?
        /// Whether nothing is left that may be sent now.
        var isComplete = false
    }

    /// Fills `batch` with packets until it is full, or there is nothing that may be sent now.
    mutating func fill(
        _ batch: inout TransmitBatch, _ filling: inout Filling, keys: inout KeyRatchet,
        streams: inout StreamSet, datagrams: inout [[UInt8]],
        received: inout ReceivedPacketNumbers
    ) {
        let window = recovery.burstBudget(path: filling.pathID, now: filling.now)
        filling.budget = min(filling.budget, window)
        writePackets(
            into: &batch, &filling, keys: &keys, streams: &streams, datagrams: &datagrams,
            received: &received)
        let hasData = streams.hasDataToSend || !datagrams.isEmpty || filling.candidates != nil
        noteWhatStopsUs(&filling, hasData: hasData)
        filling.isComplete =
            !(hasData && filling.budget >= filling.size) && filling.probes == 0
            && !received.shouldAcknowledge(now: filling.now)
    }

    private mutating func noteWhatStopsUs(_ filling: inout Filling, hasData: Bool) {
        guard hasData else { return recovery.applicationLimited(path: filling.pathID) }
        guard filling.budget < filling.size,
            recovery.sendAllowance(path: filling.pathID) >= filling.size
        else { return }
        filling.pacingDeadline = recovery.pacingDelay(
            path: filling.pathID, bytes: filling.size, now: filling.now)
    }

    private mutating func writePackets(
        into batch: inout TransmitBatch, _ filling: inout Filling, keys: inout KeyRatchet,
        streams: inout StreamSet, datagrams: inout [[UInt8]],
        received: inout ReceivedPacketNumbers
    ) {
        let size = filling.size
        while batch.length + size <= batch.limit,
            batch.segmentCount < TransmitBatch.maximumSegments, !keys.isExhausted
        {
            let hasData =
                streams.hasDataToSend || !datagrams.isEmpty || filling.candidates != nil
            let withData = hasData && filling.budget >= size || filling.probes > 0
            guard withData || received.shouldAcknowledge(now: filling.now) else { return }
            let packet = begin(
                &batch, keys: keys, to: filling.destination, size: size, now: filling.now)
            writeAcknowledgement(of: &received, ecn: filling.ecn, &batch.writer, filling.now)
            if withData {
                writeCandidates(&filling.candidates, into: &batch.writer)
                writeDatagrams(&datagrams, into: &batch.writer, size: size)
                streams.writeFrames(into: &batch.writer, record: &sentFrames, now: filling.now)
            }
            writePingIfNeeded(packet, isProbe: filling.probes > 0, into: &batch.writer)
            filling.probes = max(0, filling.probes - 1)
            let isACKEliciting = end(
                packet, &batch, keys: &keys, pathID: filling.pathID, now: filling.now)
            if isACKEliciting { filling.isACKEliciting = true }
            let length = batch.length - packet.start
            batch.segmentSize = max(batch.segmentSize, length)
            filling.budget -= length
            // The last datagram of a batch may be shorter; nothing can follow it.
            if length < size { return }
        }
    }

    private mutating func writeAcknowledgement(
        of received: inout ReceivedPacketNumbers, ecn: ECNCounts, _ writer: inout ByteWriter,
        _ now: Instant
    ) {
        guard received.hasNews || received.shouldAcknowledge(now: now),
            let largest = received.numbers.max,
            AckFrame.write(
                received.numbers, delay: now - received.largestReceivedTime, ecn: ecn, into: &writer
            )
        else { return }
        sentFrames.append(.ack(largest: largest))
        received.acknowledgementSent()
    }

    private mutating func writeCandidates(
        _ candidates: inout CandidatesFrame?, into writer: inout ByteWriter
    ) {
        guard let frame = candidates, frame.encodedLength <= writer.remaining else { return }
        frame.write(into: &writer)
        sentFrames.append(.candidates(sequence: frame.sequence))
        candidates = nil
    }

    private mutating func writeDatagrams(
        _ datagrams: inout [[UInt8]], into writer: inout ByteWriter, size: Int
    ) {
        while let datagram = datagrams.first {
            let length = 1 + ByteWriter.varintLength(UInt64(datagram.count)) + datagram.count
            guard length <= writer.remaining else {
                // The path may have become narrower since the datagram was taken.
                if datagram.count > Self.maximumDatagram(in: size) { datagrams.removeFirst() }
                return
            }
            writer.writeVarint(ConnectionFrameType.datagramWithLength)
            writer.writeVarint(UInt64(datagram.count))
            writer.write(datagram)
            sentFrames.append(.datagram)
            datagrams.removeFirst()
        }
    }

    /// The largest datagram of the application that fits into a packet of that size, in bytes.
    static func maximumDatagram(in packetSize: Int) -> Int {
        packetSize - PacketHeader.overhead - 5
    }

    private mutating func writePingIfNeeded(
        _ packet: OpenPacket, isProbe: Bool, into writer: inout ByteWriter
    ) {
        let isBare = sentFrames.endIndex == packet.firstFrame
        let needsPing = isProbe || recovery.untrackedInARow >= Self.longestUntrackedRun
        guard isBare || needsPing && !hasACKEliciting(since: packet.firstFrame) else { return }
        writer.writeVarint(ConnectionFrameType.ping)
        sentFrames.append(.ping)
    }
}
