import Forwarding
import SRMUDP

/// Opens the UDP socket of a node at the address that is kept for it.
enum NodeSocket {
    static func open(
        _ options: Node.Options, context: CommandContext, logger: Logger
    ) throws(CommandError) -> UDPSocket {
        if let inherited = context.inheritance?.takeSocket() {
            return try adopt(inherited, options)
        }
        let kept = NodeAddress(file: context.home.port)
        let wanted: SocketAddress
        do throws(FileError) {
            if let listen = options.listen, listen.port != 0 {
                wanted = listen
                if options.keepsPort { try kept.save(listen) }
            } else {
                let address = try kept.loadOrChoose(random: context.random, isFree: isFree)
                let ip = options.listen?.ip ?? options.meeting.family.nearest(to: address.ip)
                wanted = SocketAddress(ip, port: address.port)
                if options.listen != nil, options.keepsPort { try kept.save(wanted) }
            }
        } catch {
            throw CommandError("port", error)
        }
        return try bind(wanted, options, logger)
    }

    /// Whether nobody has this UDP port, at any address.
    static func isFree(_ port: UInt16) -> Bool {
        let isTaken = [IPAddress.anyIPv6, .anyIPv4].contains { ip in
            do throws(SystemError) {
                _ = try UDPSocket(bindingTo: SocketAddress(ip, port: port))
                return false
            } catch {
                return error.isAddressInUse
            }
        }
        return !isTaken
    }

    private static func adopt(
        _ descriptor: consuming FileDescriptor, _ options: Node.Options
    ) throws(CommandError) -> UDPSocket {
        do throws(SystemError) {
            return try UDPSocket(adopting: descriptor, configuration: configuration(options))
        } catch {
            throw CommandError("network", "\(error)", .localError)
        }
    }

    private static func configuration(_ options: Node.Options) -> UDPSocket.Configuration {
        var configuration = UDPSocket.Configuration()
        configuration.takesIPv4 = options.meeting.family != .ipv6
        if !options.transport.usesOffload { configuration.offloads = [] }
        return configuration
    }

    private static func bind(
        _ address: SocketAddress, _ options: Node.Options, _ logger: Logger
    ) throws(CommandError) -> UDPSocket {
        let configuration = configuration(options)
        var failure: SystemError
        do throws(SystemError) {
            return try UDPSocket(bindingTo: address, configuration: configuration)
        } catch {
            failure = error
        }
        for fallback in fallbacks(for: address, options) {
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

    /// A machine without IPv6 has no `[::]`, which is what we keep by default; and another command
    /// of the same home may have the port. Only what was asked for is a must.
    private static func fallbacks(
        for address: SocketAddress, _ options: Node.Options
    ) -> [SocketAddress] {
        let mayMove = !options.keepsPort && (options.listen?.port ?? 0) == 0
        let addresses = options.listen.map { [$0.ip] } ?? [.anyIPv6, .anyIPv4]
        var fallbacks: [SocketAddress] = []
        if address.ip == .anyIPv6 { fallbacks.append(SocketAddress(.anyIPv4, port: address.port)) }
        if mayMove { fallbacks += addresses.map { SocketAddress($0, port: 0) } }
        return fallbacks.filter { options.meeting.family.admits($0.ip) }
    }
}

extension AddressFamily {
    /// The address, or all addresses where it is of the other family.
    fileprivate func nearest(to address: IPAddress) -> IPAddress {
        switch self {
        case .any: address
        case .ipv4: address.isIPv4 ? address : .anyIPv4
        case .ipv6: address.isIPv4 ? .anyIPv6 : address
        }
    }
}
