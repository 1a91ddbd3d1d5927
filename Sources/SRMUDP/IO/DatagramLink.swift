/// A way for datagrams besides the UDP socket, under a `LinkAddress`: a relay's channel, or the
/// inside of a WebSocket.
///
/// A link behaves like a network: what it has no room for it drops, and loss detection notices.
package protocol DatagramLink: AnyObject {
    /// Sends the bytes of `range` as datagrams of `segmentSize` bytes, the last may be shorter.
    ///
    /// - Returns: `.sent` also for what had to be dropped; `.tooBig` where datagrams of this size
    ///   never pass; `.failed` once the link is gone. `.wouldBlock` only from a link that sends by
    ///   the driver's own UDP socket, because that one tells when it has room again; the count is
    ///   of bytes of `range`.
    func send(
        _ storage: borrowing ByteStorage, _ range: Range<Int>, segmentSize: Int, now: Instant
    ) -> SendResult
}
