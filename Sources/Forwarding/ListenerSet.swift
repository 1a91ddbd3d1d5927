import SRMUDP

/// What waits for clients at one address.
protocol Listener: AnyObject {
    /// With the port that the system chose if it was asked to.
    var address: SocketAddress { get }
    /// Stops listening and frees the port.
    func close()
}

extension TCPListener: Listener {}

/// Binds the listeners of one forward: all of them or none.
enum ListenerSet {
    /// How often another free port is tried when the first one is taken in the other family.
    private static let portAttempts = 16

    static func bind(
        _ addresses: [SocketAddress], loop: EventLoop, logger: Logger,
        accept: @escaping (TCPSocket) -> Void
    ) throws(SystemError) -> [TCPListener] {
        try bind(addresses) { address throws(SystemError) in
            try TCPListener(loop: loop, address: address, logger: logger, accepted: accept)
        }
    }

    /// Likewise for listeners of any kind, which `listen` makes.
    static func bind<Kind: Listener>(
        _ addresses: [SocketAddress], _ listen: (SocketAddress) throws(SystemError) -> Kind
    ) throws(SystemError) -> [Kind] {
        var attempt = 1
        while true {
            var listeners: [Kind] = []
            do {
                try bind(addresses, into: &listeners, listen)
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

    private static func bind<Kind: Listener>(
        _ addresses: [SocketAddress], into listeners: inout [Kind],
        _ listen: (SocketAddress) throws(SystemError) -> Kind
    ) throws(SystemError) {
        var missingFamily: SystemError?
        for address in addresses {
            // A listener at [::] takes IPv4 as well.
            let isCovered = listeners.contains { $0.address.ip == .anyIPv6 }
            if address.ip == .anyIPv4, isCovered { continue }
            let port = address.port == 0 ? listeners.first?.address.port ?? 0 : address.port
            do {
                listeners.append(try listen(SocketAddress(address.ip, port: port)))
            } catch {
                let isGeneral = address.ip.isLoopback || address.ip.isUnspecified
                guard isGeneral, error.isAddressMissing else { throw error }
                missingFamily = error
            }
        }
        if listeners.isEmpty, let missingFamily { throw missingFamily }
    }
}
