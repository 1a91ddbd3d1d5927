internal import CSystem

/// A UDP socket that moves datagrams in batches.
///
/// It never blocks and, unless it is told to, never fragments: a datagram larger than the interface
/// allows yields `.tooBig`, which is what path MTU discovery wants to know. Runs of equal datagrams to one
/// destination cost one system call and one walk through the kernel (UDP_SEGMENT), and arrive
/// likewise (UDP_GRO); where the kernel refuses that they are sent one by one.
package final class UDPSocket {
    /// What the kernel is asked to do in bulk.
    package struct Offloads: OptionSet, Sendable {
        package let rawValue: Int

        package init(rawValue: Int) { self.rawValue = rawValue }

        /// One send call with many segments.
        package static let segmentation = Offloads(rawValue: 1)
        /// One received message with many segments.
        package static let coalescing = Offloads(rawValue: 2)
        /// Several messages per system call.
        package static let batching = Offloads(rawValue: 4)

        package static let all: Offloads = [.segmentation, .coalescing, .batching]
    }

    package struct Configuration: Sendable {
        package var offloads = Offloads.all
        /// Wished size of each kernel buffer in bytes; the system may grant less.
        package var bufferSize = 8 << 20
        /// Whether `[::]` takes IPv4 as well.
        package var takesIPv4 = true
        /// Whether received datagrams tell the address that they were sent to.
        package var reportsDestination = false
        /// Whether datagrams above the MTU are sent in fragments rather than refused.
        package var mayFragment = false

        package init() {}
    }

    /// The most datagrams that one batch may hold (UDP_MAX_SEGMENTS of older kernels).
    package static let maximumSegmentCount = 64
    /// The most bytes that one batch may hold over IPv4, where the length field has 16 bits.
    package static let maximumBatchSize = 65_507

    /// Nil once it is closed.
    private var descriptor: FileDescriptor?
    private let isIPv4: Bool
    private let offloads: Offloads
    private var outgoing: [csystem_outgoing] = []
    /// Batches to send without segmentation before it is tried again.
    private var segmentationPause = 0

    /// The refusal may concern one route only (IPsec, odd drivers), or the batch, so that it does
    /// not hold for ever.
    private static let segmentationPauseBatches = 1024

    /// Binds to `address`; port 0 lets the system choose, `[::]` takes IPv4 as well.
    package init(
        bindingTo address: SocketAddress, configuration: Configuration = Configuration()
    ) throws(SystemError) {
        isIPv4 = address.ip.isIPv4
        offloads = configuration.offloads
        let descriptor = try FileDescriptor("socket", csystem_socket(isIPv4, false))
        let number = descriptor.number
        if !isIPv4 {
            try SystemError.check(
                "setsockopt",
                csystem_ipv6_only(
                    number, !address.ip.isUnspecified || !configuration.takesIPv4))
        }
        try Self.prepare(number, isIPv4, configuration)
        var name = address.system
        try SystemError.check("bind", csystem_bind(number, isIPv4, &name))
        self.descriptor = consume descriptor
        outgoing.reserveCapacity(Int(CSYSTEM_BATCH_MAXIMUM))
    }

    /// Takes over a bound socket that another program of this process has opened.
    package init(
        adopting descriptor: consuming FileDescriptor,
        configuration: Configuration = Configuration()
    ) throws(SystemError) {
        isIPv4 = try descriptor.localAddress().ip.isIPv4
        offloads = configuration.offloads
        try Self.prepare(descriptor.number, isIPv4, configuration)
        self.descriptor = consume descriptor
        outgoing.reserveCapacity(Int(CSYSTEM_BATCH_MAXIMUM))
    }

    /// Takes datagrams of `address` only, from an address of the system's choice, and learns when
    /// nobody is there: sending or receiving fails with `ErrorNumber.connectionRefused` then.
    package init(
        connectingTo address: SocketAddress, configuration: Configuration
    ) throws(SystemError) {
        isIPv4 = address.ip.isIPv4
        offloads = configuration.offloads
        let descriptor = try FileDescriptor("socket", csystem_socket(isIPv4, false))
        try Self.prepare(descriptor.number, isIPv4, configuration)
        _ = try descriptor.connect(to: address)
        self.descriptor = consume descriptor
    }

    private static func prepare(
        _ number: Int32, _ isIPv4: Bool, _ configuration: Configuration
    ) throws(SystemError) {
        try SystemError.check(
            "setsockopt", csystem_prepare_udp(number, isIPv4, configuration.reportsDestination))
        if configuration.mayFragment {
            try SystemError.check("setsockopt", csystem_allow_fragments(number, isIPv4))
        }
        // Smaller buffers and no coalescing cost speed only.
        _ = csystem_set_buffers(number, Int32(clamping: configuration.bufferSize))
        if configuration.offloads.contains(.coalescing) { _ = csystem_enable_coalescing(number) }
    }

    /// For registration with an `EventLoop`.
    package var fileDescriptor: Int32 { descriptor?.number ?? -1 }

    /// Closes it before its owner ends, so that others can have its address; all that is called
    /// later fails.
    package func close() { descriptor = nil }

    /// The address in use, with the port that the system chose.
    package var localAddress: SocketAddress {
        var name = SocketAddress.none
        // A bound socket has a name; there is nothing that could fail.
        _ = csystem_local_address(fileDescriptor, &name)
        return SocketAddress(name)
    }

    /// The size of the receive buffer that the system granted, in bytes, its own overhead included.
    package var receiveBufferSize: Int { Int(max(0, csystem_receive_buffer(fileDescriptor))) }

    // MARK: Receiving

    /// Takes what has arrived, at most as many messages as `batch` has slots.
    ///
    /// - Returns: How many messages, 0 if there are none.
    /// - Throws: The error of a network that broke down; the socket remains usable.
    package func receive(into batch: inout ReceiveBatch) throws(SystemError) -> Int {
        let slotCount = Int32(offloads.contains(.batching) ? batch.slotCount : 1)
        let slotSize = batch.slotSize
        let result = batch.fill { memory, entries in
            csystem_receive(fileDescriptor, memory, slotSize, slotCount, &entries)
        }
        if result == -ErrorNumber.again { return 0 }
        try SystemError.check("recvmmsg", result)
        return Int(result)
    }

    // MARK: Sending

    /// Sends the bytes of `range` as datagrams of `segmentSize` bytes, the last may be shorter.
    ///
    /// At most `maximumSegmentCount` datagrams and `maximumBatchSize` bytes; an empty range is an
    /// empty datagram. `ecn` are the two ECN
    /// bits of the IP header, and `source` the local address to send from, if not the system's
    /// choice. After `hopLimit` routers the datagrams are dropped; 0 leaves that to the system.
    package func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int,
        to destination: SocketAddress, ecn: UInt8 = 0, hopLimit: UInt8 = 0,
        from source: IPAddress? = nil
    ) -> SendResult {
        let batch = OutgoingBatch(
            range: range, segmentSize: segmentSize, destination: destination, ecn: ecn,
            hopLimit: hopLimit, source: source)
        return send(storage, batch)
    }

    /// Likewise for what `batch` names.
    package func send(_ storage: borrowing ByteStorage, _ batch: OutgoingBatch) -> SendResult {
        storage.withUnsafeBytes(0..<storage.count) { memory in
            send(entry(batch, in: memory))
        }
    }

    /// Sends several batches, usually to different destinations, in few system calls, beginning
    /// with the one at `first`.
    ///
    /// - Returns: How many batches were sent whole, and what became of the one after them.
    package func sendMany(
        _ storage: borrowing ByteStorage, _ batches: borrowing [OutgoingBatch], from first: Int = 0
    ) -> (sentCount: Int, result: SendResult) {
        var sentCount = 0
        while first + sentCount < batches.count {
            let result = storage.withUnsafeBytes(0..<storage.count) { memory in
                sendSome(batches, from: first + sentCount, in: memory, sentCount: &sentCount)
            }
            guard case .sent = result else { return (sentCount, result) }
        }
        return (sentCount, .sent)
    }

    /// Sends a run of batches in one call, or the first one alone where that does not work.
    private func sendSome(
        _ batches: borrowing [OutgoingBatch], from first: Int, in memory: UnsafeRawBufferPointer,
        sentCount: inout Int
    ) -> SendResult {
        if offloads.contains(.batching), usesSegmentation, batches.count - first > 1 {
            outgoing.removeAll(keepingCapacity: true)
            let end = min(batches.count, first + Int(CSYSTEM_BATCH_MAXIMUM))
            for index in first..<end { outgoing.append(entry(batches[index], in: memory)) }
            let result = csystem_send(fileDescriptor, isIPv4, outgoing, Int32(outgoing.count))
            if result > 0 {
                sentCount += Int(result)
                return .sent
            }
            if result == -ErrorNumber.again { return .wouldBlock(sentByteCount: 0) }
        }
        let result = send(entry(batches[first], in: memory))
        if case .sent = result { sentCount += 1 }
        return result
    }

    private var usesSegmentation: Bool {
        offloads.contains(.segmentation) && segmentationPause == 0
    }

    private func send(_ entry: csystem_outgoing) -> SendResult {
        var entry = entry
        guard entry.length > entry.segment_size else {
            return SendResult(csystem_send(fileDescriptor, isIPv4, &entry, 1))
        }
        if segmentationPause > 0 { segmentationPause -= 1 }
        guard usesSegmentation else { return sendSegments(entry) }
        let result = csystem_send(fileDescriptor, isIPv4, &entry, 1)
        guard result == -ErrorNumber.invalidArgument || result == -ErrorNumber.inputOutput else {
            return SendResult(result)
        }
        // Kernels use EINVAL both for a segment above the MTU and for batches they cannot do.
        let plainResult = sendSegments(entry)
        if case .sent = plainResult { segmentationPause = Self.segmentationPauseBatches }
        return plainResult
    }

    private func sendSegments(_ entry: csystem_outgoing) -> SendResult {
        var rest = entry
        var sentByteCount = 0
        let limit = offloads.contains(.batching) ? Int32(CSYSTEM_BATCH_MAXIMUM) : 1
        while rest.length > 0 {
            let result = csystem_send_segments(fileDescriptor, isIPv4, &rest, limit)
            guard result > 0 else { return SendResult(result, sentByteCount: sentByteCount) }
            let byteCount = min(Int(result) * Int(rest.segment_size), Int(rest.length))
            sentByteCount += byteCount
            rest.memory += byteCount
            rest.length -= UInt32(byteCount)
        }
        return .sent
    }

    private func entry(
        _ batch: OutgoingBatch, in memory: UnsafeRawBufferPointer
    ) -> csystem_outgoing {
        precondition(
            batch.range.upperBound <= memory.count
                && batch.range.lowerBound >= 0 && batch.segmentSize > 0
                && batch.segmentSize <= Int(UInt16.max), "a batch outside its block")
        return csystem_outgoing(
            // A block has an address, also an empty one.
            memory: memory.baseAddress! + batch.range.lowerBound,
            length: UInt32(batch.range.count),
            segment_size: UInt32(batch.segmentSize),
            destination: batch.destination.system,
            source: batch.source.map { SocketAddress($0, port: 0).system } ?? SocketAddress.none,
            ecn: batch.ecn & 3,
            hop_limit: batch.hopLimit,
            has_source: batch.source != nil)
    }
}

/// What became of datagrams handed to the kernel.
package enum SendResult: Equatable, Sendable {
    case sent
    /// The kernel's buffers are full after the first `sentByteCount` bytes, which is 0 where it
    /// does the segmentation; to be tried again when the socket is writable.
    case wouldBlock(sentByteCount: Int)
    /// A datagram is larger than the interface or the protocol allows.
    case tooBig
    /// No route, forbidden by a firewall, or the like: an errno value. Other destinations may work.
    case failed(Int32)

    init(_ result: Int32, sentByteCount: Int = 0) {
        switch -result {
        case ErrorNumber.again, ErrorNumber.noBuffers, ErrorNumber.noMemory:
            self = .wouldBlock(sentByteCount: sentByteCount)
        case ErrorNumber.messageSize: self = .tooBig
        case let code where code > 0: self = .failed(code)
        default: self = .sent
        }
    }
}
