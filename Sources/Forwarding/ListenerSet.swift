import SRMUDP

/// Binds the listeners of one forward: all of them or none.
enum ListenerSet {
    /// How often another free port is tried when the first one is taken in the other family.
    private static let portAttempts = 16

    static func bind(
        _ addresses: [SocketAddress], loop: EventLoop, logger: Logger,
        accept: @escaping (TCPSocket) -> Void
    ) throws(SystemError) -> [TCPListener] {
        var attempt = 1
        while true {
            var listeners: [TCPListener] = []
            do {
                try bind(addresses, into: &listeners, loop: loop, logger: logger, accept: accept)
                return listeners
            } catch {
                let mayRetry =
                    !listeners.isEmpty && error.isAddressInUse
                    && addresses.allSatisfy { $0.port == 0 }
                for listener in listeners { listener.close() }
                guard mayRetry, attempt < portAttempts else { throw error }
                attempt += 1
            }
        }
    }

    private static func bind(
        _ addresses: [SocketAddress], into listeners: inout [TCPListener], loop: EventLoop,
        logger: Logger, accept: @escaping (TCPSocket) -> Void
    ) throws(SystemError) {
        var missingFamily: SystemError?
        for address in addresses {
            // A listener at [::] takes IPv4 as well.
            let isCovered = listeners.contains { $0.address.ip == .anyIPv6 }
            if address.ip == .anyIPv4, isCovered { continue }
            let port = address.port == 0 ? listeners.first?.address.port ?? 0 : address.port
            do {
                listeners.append(
                    try TCPListener(
                        loop: loop, address: SocketAddress(address.ip, port: port), logger: logger,
                        accepted: accept))
            } catch {
                let isGeneral = address.ip.isLoopback || address.ip.isUnspecified
                guard isGeneral, error.isAddressMissing else { throw error }
                missingFamily = error
            }
        }
        if listeners.isEmpty, let missingFamily { throw missingFamily }
    }
}
