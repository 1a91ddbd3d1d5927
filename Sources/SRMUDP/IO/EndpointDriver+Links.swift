/// Datagrams that are not SRMUDP's own, and ways for datagrams besides UDP.
extension EndpointDriver {
    /// Gives the datagrams that begin with the byte `kind` to `handler`, from the socket as well as
    /// from WebSockets; nil has them ignored. What comes through a relay's channel is for the
    /// endpoint only.
    ///
    /// Kinds: those of `DatagramKind` that an endpoint does not know itself.
    package func setHandler(_ handler: (any DatagramHandler)?, for kind: UInt8) {
        handlers[kind] = handler
    }

    func finishHandling(_ storage: borrowing ByteStorage, now: Instant) {
        for case let handler? in handlers.end() {
            handler.finish(storage, carrier: self, now: now)
        }
    }

    private func sendOverLink(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch, now: Instant
    ) -> SendResult {
        guard let address = LinkAddress(batch.destination), let link = links[address] else {
            datagramsWithoutLink += UInt64(batch.datagramCount)
            return .failed(ErrorNumber.hostUnreachable)
        }
        return link.send(storage, batch.range, segmentSize: batch.segmentSize, now: now)
    }
}

extension EndpointDriver: DatagramCarrier {
    package func send(
        _ storage: borrowing ByteStorage, _ batch: OutgoingBatch, now: Instant
    ) -> SendResult {
        guard batch.destination.ip.isLink else { return socket.send(storage, batch) }
        return sendOverLink(storage, batch, now: now)
    }

    package func sendMany(
        _ storage: borrowing ByteStorage, _ batches: borrowing [OutgoingBatch], from first: Int
    ) -> (sentCount: Int, result: SendResult) {
        socket.sendMany(storage, batches, from: first)
    }

    package func receive(
        _ storage: inout ByteStorage, _ range: Range<Int>, from address: LinkAddress, ecn: UInt8,
        now: Instant
    ) {
        guard links[address] != nil else {
            datagramsWithoutLink += 1
            return
        }
        // A channel within a channel would be a way to make us call ourselves as often as a
        // datagram has room for.
        guard address.kind == .webSocket else {
            return endpoint.handleDatagram(
                &storage, range, from: address.socketAddress, ecn: ecn, now: now)
        }
        let message = ReceivedDatagrams(
            range: range, segmentSize: range.count, source: address.socketAddress, ecn: ecn)
        take(message, in: &storage, now: now)
        if handlers.areBusy { finishHandling(storage, now: now) }
    }

    package func attach(_ link: any DatagramLink, at address: LinkAddress) {
        links[address] = link
    }

    package func detach(_ address: LinkAddress) { links[address] = nil }
}
