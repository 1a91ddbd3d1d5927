import SRMUDP

/// The UDP sockets of a rendezvous server: where it is met, and another port of the same addresses,
/// with which clients find out how their NAT behaves.
struct ServerSockets {
    let main: UDPSocket
    /// The port behind the main one if it is free; nil where there is none to be had.
    let other: UDPSocket?

    init(listening address: SocketAddress, logger: Logger) throws(CommandError) {
        main = try Self.bind(address)
        let local = main.localAddress
        let next = local.port < UInt16.max ? local.port + 1 : 0
        var other: UDPSocket?
        for port in [next, 0] where other == nil {
            do throws(SystemError) {
                other = try UDPSocket(
                    bindingTo: SocketAddress(local.ip, port: port),
                    configuration: Self.configuration)
            } catch {
                logger.info("UDP port \(port) for probes is not to be had: \(error)")
            }
        }
        self.other = other
    }

    private static var configuration: UDPSocket.Configuration {
        var configuration = UDPSocket.Configuration()
        // Answers to probes leave from the address that was asked.
        configuration.reportsDestination = true
        return configuration
    }

    private static func bind(_ address: SocketAddress) throws(CommandError) -> UDPSocket {
        do throws(SystemError) {
            return try UDPSocket(bindingTo: address, configuration: configuration)
        } catch {
            // A machine without IPv6 has no `[::]`, which is what is meant by default.
            if address.ip == .anyIPv6,
                let socket = try? UDPSocket(
                    bindingTo: SocketAddress(.anyIPv4, port: address.port),
                    configuration: configuration)
            {
                return socket
            }
            throw CommandError(
                "UDP \(address)", "\(error)", hint: "is another server running there?", .localError)
        }
    }
}
