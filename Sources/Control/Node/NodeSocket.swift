import SRMUDP

/// Opens the UDP socket of a node at the address that is kept for it.
enum NodeSocket {
    static func open(
        _ options: Node.Options, context: CommandContext, logger: Logger
    ) throws(CommandError) -> UDPSocket {
        let kept = NodeAddress(file: context.home.port)
        let wanted: SocketAddress
        do throws(FileError) {
            let kind: IPAddress? = options.meeting.family == .ipv4 ? .anyIPv4 : nil
            if let listen = options.listen, listen.port != 0 {
                wanted = listen
                if options.keepsPort { try kept.save(listen) }
            } else {
                let address = try kept.loadOrChoose(random: context.random)
                let ip = options.listen?.ip ?? kind ?? address.ip
                wanted = SocketAddress(ip, port: address.port)
                if options.listen != nil, options.keepsPort { try kept.save(wanted) }
            }
        } catch {
            throw CommandError("port", error)
        }
        return try bind(
            wanted, isDemanded: options.listen != nil || options.keepsPort, options, logger)
    }

    private static func bind(
        _ address: SocketAddress, isDemanded: Bool, _ options: Node.Options, _ logger: Logger
    ) throws(CommandError) -> UDPSocket {
        var configuration = UDPSocket.Configuration()
        if !options.transport.usesOffload { configuration.offloads = [] }
        var failure: SystemError
        do throws(SystemError) {
            return try UDPSocket(bindingTo: address, configuration: configuration)
        } catch {
            failure = error
        }
        // A machine without IPv6 has no `[::]`, which is what we keep by default; and another
        // command of the same home may have the port. Only an address that was asked for is a must.
        var fallbacks: [SocketAddress] = []
        if address.ip == .anyIPv6 { fallbacks.append(SocketAddress(.anyIPv4, port: address.port)) }
        if !isDemanded {
            fallbacks += [SocketAddress(.anyIPv6, port: 0), SocketAddress(.anyIPv4, port: 0)]
        }
        for fallback in fallbacks {
            do throws(SystemError) {
                let socket = try UDPSocket(bindingTo: fallback, configuration: configuration)
                logger.debug("\(address) is not to be had (\(failure)); using \(fallback)")
                return socket
            } catch {
                failure = error
            }
        }
        throw CommandError(
            "UDP \(address)", "\(failure)",
            hint: "is another p2pfwd of this home running? tickets name this port", .localError)
    }
}
