import SRMUDP

extension DatagramForward {
    /// A UDP listener that the peer asked for (`-R`), and that is told of each client by ACCEPTED.
    package convenience init(
        loop: EventLoop, listening addresses: [SocketAddress], for listener: ListenerID,
        memory: DatagramMemory, limits: DatagramLimits = DatagramLimits(),
        report: @escaping (ForwardingReport) -> Void
    ) throws(SystemError) {
        try self.init(
            loop: loop, listening: addresses, request: { .accepted(from: $0, at: listener) },
            memory: memory, limits: limits, report: report)
    }
}

extension OpenRequest {
    fileprivate static func accepted(
        from client: SocketAddress, at listener: ListenerID
    ) -> OpenRequest {
        let connection = AcceptedConnection(
            listener: listener, origin: client.description, target: nil)
        guard let connection else { preconditionFailure("the text of an address is short") }
        return .accepted(connection)
    }
}
