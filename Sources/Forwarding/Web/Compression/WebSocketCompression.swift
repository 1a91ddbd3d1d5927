import SRMUDP

/// One end's compression of one WebSocket.
///
/// Streams that remember earlier messages belong to it, and are made when they are first needed; all
/// others are those of the workspace.
package final class WebSocketCompression {
    package let agreement: DeflateAgreement
    private let workspace: CompressionWorkspace
    private let outgoing: DeflateAgreement.Direction
    private let incoming: DeflateAgreement.Direction
    private var deflater: DeflateStream?
    private var inflater: InflateStream?

    package init(
        _ agreement: DeflateAgreement, role: WebSocketConnection.Role,
        workspace: CompressionWorkspace
    ) {
        self.agreement = agreement
        self.workspace = workspace
        outgoing = role == .server ? agreement.server : agreement.client
        incoming = role == .server ? agreement.client : agreement.server
    }

    /// Compresses a message and hands it to `send`, as bytes of the workspace.
    ///
    /// - Returns: false, and nothing is sent, if it is better sent as it is.
    func compress(
        _ payload: borrowing RawSpan, send: (borrowing ByteStorage, Range<Int>) -> Void
    ) -> Bool {
        // An empty message has no compressed form that would be shorter. A server may have agreed to
        // a window for which zlib cannot write; nobody has to compress, though (section 6).
        guard payload.byteCount >= max(workspace.settings.threshold, 1),
            DeflateStream.windowBits.contains(outgoing.windowBits)
        else { return false }
        defer { workspace.clear() }
        let deflater = MessageDeflater(
            stream: outgoingStream(), keepsContext: outgoing.keepsContext)
        guard let count = deflater.compress(payload, into: &workspace.queue) else { return false }
        let start = workspace.queue.waiting.lowerBound
        send(workspace.queue.storage, start..<start + count)
        return true
    }

    /// Expands the message that `queue` has kept, in its place.
    ///
    /// - Throws: what `MessageInflater.expand` throws; then the WebSocket has to end.
    func expand(
        _ queue: inout ByteQueue, limit: Int, isText: Bool
    ) throws(WebSocketError) {
        defer { workspace.clear() }
        let inflater = MessageInflater(
            stream: incomingStream(), keepsContext: incoming.keepsContext)
        try inflater.expand(
            queue.storage.bytes(queue.kept), into: &workspace.queue, limit: limit, isText: isText)
        queue.replaceKept(with: workspace.queue.storage, workspace.queue.waiting)
    }

    /// Gives back memory that an idle WebSocket does not need. What was sent may be forgotten; what
    /// came may not.
    func releaseMemory() { deflater = nil }

    private func outgoingStream() -> DeflateStream {
        guard outgoing.keepsContext else {
            return workspace.deflater(windowBits: outgoing.windowBits)
        }
        let stream = deflater ?? workspace.makeDeflater(windowBits: outgoing.windowBits)
        deflater = stream
        return stream
    }

    private func incomingStream() -> InflateStream {
        guard incoming.keepsContext else { return workspace.sharedInflater() }
        let stream = inflater ?? workspace.makeInflater(windowBits: incoming.windowBits)
        inflater = stream
        return stream
    }
}
