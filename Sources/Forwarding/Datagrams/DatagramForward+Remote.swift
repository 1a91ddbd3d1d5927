import SRMUDP

extension DatagramForward {
    /// A UDP listener that the peer asked for (`-R`), and that is told of each client by ACCEPTED.
    ///
    /// - Parameter listener: as what the peer knows it at this time; nil: nobody has it.
    package convenience init(
        loop: EventLoop, listening addresses: [SocketAddress],
        for listener: @escaping () -> ListenerID?, memory: DatagramMemory,
        limits: DatagramLimits = DatagramLimits(), report: @escaping (ForwardingReport) -> Void
    ) throws(SystemError) {
        try self.init(
            loop: loop, listening: addresses,
            request: { client in
                listener().flatMap {
                    AcceptedConnection(listener: $0, origin: client.description, target: nil)
                }.map(OpenRequest.accepted)
            }, memory: memory, limits: limits, report: report)
    }
}
