/// The frames that leave, and what became of them.
extension StreamSet {
    /// Whether `writeFrames` probably has something to write. It may turn out that it has not: a
    /// stream was reset meanwhile, or what is left does not fit.
    package var hasDataToSend: Bool {
        mustSendMaxData || mustSendMaxStreams || !control.isEmpty || !urgent.isEmpty
            || (mayUseReserveOnly ? scheduler.hasInteractive : !scheduler.isEmpty)
                && dataLimit > dataSent
    }

    /// The last of the Connection's credit is kept for streams with little to send: keystrokes go
    /// on even when readers that stand still have used up all memory that the peer gives us.
    private var mayUseReserveOnly: Bool { dataLimit - dataSent <= creditReserve }

    /// Fills a packet: first control frames, then what was lost, then new bytes by the scheduler.
    ///
    /// The last STREAM frame may come without a length and then reaches up to the writer's limit
    /// exactly, so nothing can follow it: what else the packet carries is written before.
    ///
    /// - Parameters:
    ///   - writer: its limit is the end of the packet's frames.
    ///   - record: gets an element for each frame, to be given back to `frameAcked` or
    ///     `frameLost`.
    package mutating func writeFrames(
        into writer: inout ByteWriter, record: inout RingBuffer<SentFrame>, now: Instant
    ) {
        writeControlFrames(into: &writer, record: &record)
        while let slot = urgent.first {
            guard let stream = slots[Int(slot)], stream.send.isUrgent else {
                urgent.removeFirst()
                continue
            }
            guard let frame = stream.send.writeUrgentFrame(id: stream.id, into: &writer) else {
                return
            }
            note(frame, slot: slot, record: &record)
        }
        while writer.remaining > 0, dataLimit > dataSent,
            let slot = scheduler.next(now: now, interactiveOnly: mayUseReserveOnly)
        {
            guard writeNewFrame(slot, into: &writer, record: &record, now: now) else { return }
        }
    }

    /// - Returns: false if the packet is full.
    private mutating func writeNewFrame(
        _ slot: UInt32, into writer: inout ByteWriter, record: inout RingBuffer<SentFrame>,
        now: Instant
    ) -> Bool {
        guard let stream = slots[Int(slot)] else {
            scheduler.served(slot, count: 0, hasMore: false, now: now)
            return true
        }
        let reserve = scheduler.isServingInteractive ? 0 : creditReserve
        let attempt = stream.send.writeNewFrame(
            id: stream.id, credit: dataLimit - dataSent - reserve, share: backlogShare,
            maximumBacklog: limits.maximumBacklog, into: &writer)
        switch attempt {
        case .packetIsFull: return false
        case .nothingToSend: scheduler.served(slot, count: 0, hasMore: false, now: now)
        case .written(let frame, let hasMore, let isUrgent, let isWritable):
            dataSent += UInt64(frame.length)
            backlog -= frame.length
            note(frame, slot: slot, record: &record)
            scheduler.served(slot, count: frame.length, hasMore: hasMore, now: now)
            if isUrgent { urgent.append(slot) }
            if isWritable { queue(.writable(frame.id), slot: slot) }
        }
        return true
    }

    private func note(
        _ frame: StreamFrame, slot: UInt32, record: inout RingBuffer<SentFrame>
    ) {
        record.append(
            .stream(
                slot: slot, id: frame.id, offset: frame.offset, length: UInt32(frame.length),
                fin: frame.hasFin))
    }

    private mutating func writeControlFrames(
        into writer: inout ByteWriter, record: inout RingBuffer<SentFrame>
    ) {
        if mustSendMaxData, writer.remaining >= 9 {
            writer.writeVarint(StreamFrameType.maxData)
            writer.writeVarint(window.limit)
            record.append(.maxData(limit: window.limit))
            mustSendMaxData = false
        }
        if mustSendMaxStreams, writer.remaining >= 9 {
            writer.writeVarint(StreamFrameType.maxStreams)
            writer.writeVarint(streamsGranted)
            record.append(.maxStreams(limit: streamsGranted))
            mustSendMaxStreams = false
        }
        while let slot = control.first {
            if let stream = slots[Int(slot)] {
                write(stream, slot: slot, into: &writer, record: &record)
                if !stream.pending.isEmpty { return }
            }
            control.removeFirst()
        }
    }

    /// Writes the control frames of a stream, as far as there is room.
    private func write(
        _ stream: Stream, slot: UInt32, into writer: inout ByteWriter,
        record: inout RingBuffer<SentFrame>
    ) {
        let id = stream.id
        if stream.pending.contains(.reset), case .resetting(let code) = stream.send.state {
            guard writer.remaining >= ResetStreamFrame.maximumLength else { return }
            ResetStreamFrame(id: id, code: code, finalSize: stream.send.sentCount)
                .encode(into: &writer)
            record.append(.resetStream(slot: slot, id: id))
        }
        stream.pending.remove(.reset)
        if stream.pending.contains(.stop), stream.receive.state == .discarding {
            guard writer.remaining >= StopSendingFrame.maximumLength else { return }
            StopSendingFrame(id: id, code: stream.stopCode).encode(into: &writer)
            record.append(.stopSending(slot: slot, id: id))
        }
        stream.pending.remove(.stop)
        if stream.pending.contains(.credit), stream.receive.needsCredit {
            guard writer.remaining >= MaxStreamDataFrame.maximumLength else { return }
            let limit = stream.receive.window.limit
            MaxStreamDataFrame(id: id, limit: limit).encode(into: &writer)
            record.append(.maxStreamData(slot: slot, id: id, limit: limit))
        }
        stream.pending.remove(.credit)
    }

    // MARK: Fate of frames

    /// The packet that carried the frame was acknowledged.
    package mutating func frameAcked(_ frame: SentFrame) {
        switch frame {
        case .stream(let slot, let id, let offset, let length, let fin):
            bytesAcknowledged(
                slot: slot, id: id, range: offset..<offset + UInt64(length), hasFin: fin)
        case .resetStream(let slot, let id):
            guard let stream = stream(slot, id) else { return }
            stream.send.resetAcknowledged()
            closeIfOver(stream, slot: slot)
        case .stopSending, .maxData, .maxStreamData, .maxStreams, .ack, .ping, .pathChallenge,
            .pathResponse, .candidates, .mtuProbe, .datagram, .close:
            break
        }
    }

    /// The peer has these bytes of a stream that was in `slot` when they were sent.
    mutating func bytesAcknowledged(
        slot: UInt32, id: StreamID, range: Range<UInt64>, hasFin: Bool
    ) {
        guard let stream = stream(slot, id) else { return }
        guard stream.send.acknowledge(range, hasFin: hasFin) else { return }
        queue(.finished(id), slot: slot)
        closeIfOver(stream, slot: slot)
    }

    /// The packet that carried the frame is deemed lost.
    package mutating func frameLost(_ frame: SentFrame) {
        switch frame {
        case .stream(let slot, let id, let offset, let length, let fin):
            guard let stream = stream(slot, id) else { return }
            stream.send.lose(offset: offset, length: length, hasFin: fin)
            if stream.send.isUrgent { urgent.append(slot) }
        case .resetStream(let slot, let id):
            if let stream = stream(slot, id) { require(.reset, of: stream, slot: slot) }
        case .stopSending(let slot, let id):
            if let stream = stream(slot, id) { require(.stop, of: stream, slot: slot) }
        case .maxStreamData(let slot, let id, let limit):
            // A later one is on its way if the limit has moved on.
            guard let stream = stream(slot, id), stream.receive.window.limit == limit else {
                return
            }
            require(.credit, of: stream, slot: slot)
        case .maxData(let limit):
            if limit == window.limit { mustSendMaxData = true }
        case .maxStreams(let limit):
            if limit == streamsGranted { mustSendMaxStreams = true }
        case .ack, .ping, .pathChallenge, .pathResponse, .candidates, .mtuProbe, .datagram,
            .close:
            break
        }
    }

    // MARK: Lists

    /// Puts the stream in the lists where it belongs.
    mutating func schedule(_ stream: Stream, slot: UInt32) {
        let count = stream.send.sendableCount
        if count > 0 { scheduler.add(slot, queued: count) }
        if stream.send.isUrgent { urgent.append(slot) }
    }

    mutating func require(_ frame: PendingFrames, of stream: Stream, slot: UInt32) {
        stream.pending.insert(frame)
        control.append(slot)
    }
}
