import SRMUDP

/// The clients of one proxy that have asked for UDP ASSOCIATE.
///
/// They outlive sessions: while there is none their datagrams are dropped.
package final class UDPAssociations {
    package let origin: ForwardOrigin
    private let loop: EventLoop
    private let memory: DatagramMemory
    private let limits: DatagramLimits
    private let logger: Logger
    private let door: any ProxyDoor
    private var associations: [ObjectIdentifier: UDPAssociation] = [:]
    private var session: ForwardingSession?

    /// - Parameter door: what the far side is asked for.
    package init(
        loop: EventLoop, memory: DatagramMemory, limits: DatagramLimits = DatagramLimits(),
        door: any ProxyDoor = LocalProxyDoor(), logger: Logger,
        origin: ForwardOrigin = ForwardOrigin()
    ) {
        self.origin = origin
        self.loop = loop
        self.memory = memory
        self.limits = limits
        self.door = door
        self.logger = logger
    }

    package var count: Int { associations.count }

    /// Takes over the connection of a client whose request was read and has no answer yet.
    ///
    /// - Parameter expected: where the client says that it sends from.
    package func accept(_ control: TCPSocket, expecting expected: SocketAddress) {
        guard associations.count < limits.associations else {
            return refuse(control, "there are \(associations.count) already")
        }
        do throws(SystemError) {
            let association = try UDPAssociation(
                control: control, expected: expected, loop: loop, memory: memory, limits: limits,
                door: door, origin: origin, session: { [weak self] in self?.session },
                ended: { [weak self] in self?.associations[ObjectIdentifier($0)] = nil })
            associations[ObjectIdentifier(association)] = association
        } catch {
            refuse(control, "\(error)")
        }
    }

    private func refuse(_ control: TCPSocket, _ reason: String) {
        logger.debug("a SOCKS client gets no relay for datagrams: \(reason)")
        // General failure, RFC 1928 section 6.
        let answer: [UInt8] = [5, 1, 0, 1, 0, 0, 0, 0, 0, 0]
        _ = control.write(from: ByteStorage(answer), 0..<answer.count)
        control.close()
    }
}

extension UDPAssociations: Forward {
    package func attach(_ session: ForwardingSession?) {
        // Flows of another connection may be dead without anybody knowing yet.
        if session !== self.session {
            for association in associations.values { association.endFlows() }
        }
        self.session = session
    }

    package func close() {
        for association in Array(associations.values) { association.close() }
        session = nil
    }
}
