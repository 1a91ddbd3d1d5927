import SRMUDP

/// A flow as it goes on in another program. Its bytes are the stream's affair and the kernel's.
package struct FlowSnapshot: Equatable {
    package let stream: StreamID
    let request: OpenRequest
    let upload: FlowState.Upload
    let download: FlowState.Download
    let isSocketClosed: Bool
    let end: FlowEnd?
    let isConnected: Bool
    let uploadedBytes: UInt64
    let downloadedBytes: UInt64
    /// The part of the far side's reply that has come.
    let reply: [UInt8]
    /// The socket, and what is at its other end; nil when it is closed.
    let socket: SocketSnapshot?
    /// Since when it is there, and whether it came from outside.
    let since: Instant
    let isServed: Bool
    /// The name of the forward that it belongs to; empty: none.
    var forward = ""
}

/// A connected socket that stays open.
struct SocketSnapshot: Equatable {
    let descriptor: Int32
    let peerAddress: SocketAddress

    /// - Returns: nil if the program before did not leave it.
    func take(from files: InheritedFiles, loop: EventLoop) -> TCPSocket? {
        guard let owner = files.take(descriptor) else { return nil }
        return TCPSocket(owner, peer: peerAddress, loop: loop)
    }
}

// MARK: Coding

extension FlowSnapshot {
    /// The least number of bytes that one takes.
    static let leastLength = 8 + 8 + 6 + 16 + 8 + 2 + 8
    /// A request may bring the users of a proxy along.
    private static let longestRequest = 1 << 17

    func encode(into writer: inout SnapshotWriter) {
        writer.write(stream.value)
        writer.write(request.encoded)
        writer.write(upload.code)
        writer.write(download.code)
        writer.write(isSocketClosed)
        writer.write(end?.code ?? FlowEnd.noCode)
        writer.write(isConnected)
        writer.write(uploadedBytes)
        writer.write(downloadedBytes)
        writer.write(reply)
        writer.write([socket].compactMap(\.self)) { $1.encode(into: &$0) }
        writer.write(since)
        writer.write(isServed)
        writer.write(forward)
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        let value = try reader.readOffset()
        stream = StreamID(value)
        request = try OpenRequest(
            whole: try reader.readSizedArray(limit: Self.longestRequest))
        upload = try FlowState.Upload.allCases.element(try reader.readUInt8())
        download = try FlowState.Download.allCases.element(try reader.readUInt8())
        isSocketClosed = try reader.readBool()
        let end = try reader.readUInt8()
        self.end = end == FlowEnd.noCode ? nil : try FlowEnd.allCases.element(end)
        isConnected = try reader.readBool()
        uploadedBytes = try reader.readUInt64()
        downloadedBytes = try reader.readUInt64()
        reply = try reader.readSizedArray(limit: Self.longestRequest)
        let hasSocket = try reader.readCount(ofSize: 8, limit: 1) == 1
        socket = hasSocket ? try SocketSnapshot(&reader) : nil
        since = try reader.readInstant()
        isServed = try reader.readBool()
        forward = try reader.readText(limit: ForwardOriginSnapshot.longestName)
        guard isSocketClosed == (socket == nil) else { throw .invalidValue }
    }
}

extension SocketSnapshot {
    func encode(into writer: inout SnapshotWriter) {
        writer.write(UInt64(descriptor))
        writer.write(peerAddress)
    }

    init(_ reader: inout ByteReader) throws(WireError) {
        descriptor = try reader.readDescriptor()
        peerAddress = try reader.readScopedAddress()
    }
}

extension ByteReader {
    /// The number of an open file, not that of a standard stream.
    package mutating func readDescriptor() throws(WireError) -> Int32 {
        guard let number = Int32(exactly: try readUInt64()), number > 2 else {
            throw .invalidValue
        }
        return number
    }
}

extension OpenRequest {
    /// The request whose encoding these bytes are, no more and no less.
    init(whole bytes: [UInt8]) throws(WireError) {
        var parser = OpenRequestParser()
        for (index, byte) in bytes.enumerated() {
            let request: OpenRequest?
            do {
                request = try parser.receive(byte)
            } catch {
                throw .invalidValue
            }
            guard let request else { continue }
            guard index == bytes.count - 1 else { throw .invalidValue }
            self = request
            return
        }
        throw .truncated
    }
}

extension FlowState.Upload: CaseIterable {
    package static let allCases: [Self] = [.open, .draining, .finished, .aborted]
    fileprivate var code: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }
}

extension FlowState.Download: CaseIterable {
    package static let allCases: [Self] = [.awaitingReply, .open, .finished, .aborted]
    fileprivate var code: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }
}

extension FlowEnd: CaseIterable {
    /// In an order that must not change: it is that of the codes.
    package static let allCases: [FlowEnd] = [
        .closed(by: .near), .closed(by: .far), .reset(by: .near), .reset(by: .far), .refused, .idle,
        .notPermitted, .sessionClosed, .sessionLost, .unreachable, .cancelled,
    ]
    fileprivate static let noCode: UInt8 = 0xff
    fileprivate var code: UInt8 { UInt8(Self.allCases.firstIndex(of: self) ?? 0) }
}

extension Array {
    fileprivate func element(_ code: UInt8) throws(WireError) -> Element {
        guard Int(code) < count else { throw .invalidValue }
        return self[Int(code)]
    }
}
