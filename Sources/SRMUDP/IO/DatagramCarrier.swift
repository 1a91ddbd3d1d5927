/// Carries datagrams to and from addresses of networks and of links.
///
/// `EndpointDriver` is the one of production; simulations have one of their own, so that relays and
/// probes run there with their production code.
package protocol DatagramCarrier: AnyObject {
    /// Sends the datagrams of `batch`: over a link where its destination is the address of one, else
    /// by the UDP socket. What cannot leave now is the caller's to drop or to keep.
    func send(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch, now: Instant
    ) -> SendResult

    /// Sends several batches by the UDP socket, in few system calls, beginning with the one at
    /// `first`.
    ///
    /// - Returns: How many batches were sent whole, and what became of the one after them.
    func sendMany(
        _ storage: borrowing ByteStorage, _ batches: borrowing [OutgoingBatch], from first: Int
    ) -> (sentCount: Int, result: SendResult)

    /// Takes the datagram at `range`, which came in by a link that is attached; it may be opened in
    /// place. `ecn` holds the two ECN bits where the link knows them.
    func receive(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: LinkAddress, ecn: UInt8,
        now: Instant)

    /// Has `link` carry what is sent to `address`, in the place of the one before if there is one.
    func attach(_ link: any DatagramLink, at address: LinkAddress)

    /// From now on datagrams to and from `address` are dropped.
    func detach(_ address: LinkAddress)
}

extension DatagramCarrier {
    /// Sends a single datagram.
    @discardableResult
    package func send(
        _ datagram: [UInt8], to destination: SocketAddress, hopLimit: UInt8 = 0, now: Instant
    ) -> SendResult {
        let batch = OutgoingBatch(
            range: 0..<datagram.count, segmentSize: datagram.count, destination: destination,
            hopLimit: hopLimit)
        return send(ByteStorage(datagram), batch, now: now)
    }

    package func receive(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: LinkAddress, now: Instant
    ) {
        receive(&storage, range, from: address, ecn: 0, now: now)
    }
}
