import SRMUDP

extension OpenRequest {
    package static let version: UInt8 = 1

    enum Kind: UInt8 {
        case tcp = 1
        case socket = 2
        case udp = 3
        case listen = 4
        case accepted = 5
        case pipe = 6
        case relay = 7
        case relayed = 8
        case measure = 9
    }

    enum ProtocolNumber: UInt8 {
        case none = 0
        case socket = 1
        case tcp = 6
        case udp = 17
    }

    static let dynamicBit: UInt8 = 0x80

    enum ListenFlag {
        static let dynamic: UInt8 = 1
        static let users: UInt8 = 2
    }

    package var encoded: [UInt8] {
        var bytes = [Self.version]
        switch self {
        case .connect(.tcp(let hostPort), let isDynamic):
            bytes.append(Kind.tcp.rawValue | (isDynamic ? Self.dynamicBit : 0))
            Self.append(hostPort.host, hostPort.port, to: &bytes)
        case .connect(.udp(let hostPort), let isDynamic):
            bytes.append(Kind.udp.rawValue | (isDynamic ? Self.dynamicBit : 0))
            Self.append(hostPort.host, hostPort.port, to: &bytes)
        case .connect(.socket(let path), _):
            bytes.append(Kind.socket.rawValue)
            Self.append(path.text, to: &bytes)
        case .listen(let request):
            bytes.append(Kind.listen.rawValue)
            Self.append(request, to: &bytes)
        case .accepted(let connection):
            bytes.append(Kind.accepted.rawValue)
            Self.append(connection, to: &bytes)
        case .pipe: bytes.append(Kind.pipe.rawValue)
        case .relay(let key): bytes += [Kind.relay.rawValue] + key.bytes
        case .measure(let measure):
            bytes += [Kind.measure.rawValue, measure.direction.rawValue]
            bytes += [UInt8(measure.milliseconds >> 8), UInt8(measure.milliseconds & 0xff)]
        case .relayed(let key): bytes += [Kind.relayed.rawValue] + key.bytes
        }
        return bytes
    }

    private static func append(_ request: ListenRequest, to bytes: inout [UInt8]) {
        append(request.id, to: &bytes)
        let flags =
            (request.isDynamic ? ListenFlag.dynamic : 0)
            | (request.users.isEmpty ? 0 : ListenFlag.users)
        switch request.place {
        case .tcp(let host, let port):
            bytes += [ProtocolNumber.tcp.rawValue, flags]
            append(host, port, to: &bytes)
        case .udp(let host, let port):
            bytes += [ProtocolNumber.udp.rawValue, flags]
            append(host, port, to: &bytes)
        case .socket(let path):
            bytes += [ProtocolNumber.socket.rawValue, flags]
            append(path.text, to: &bytes)
        }
        guard !request.users.isEmpty else { return }
        bytes.append(UInt8(request.users.count))
        for user in request.users { bytes += user.bytes }
    }

    private static func append(_ connection: AcceptedConnection, to bytes: inout [UInt8]) {
        append(connection.listener, to: &bytes)
        let number: ProtocolNumber
        switch connection.target {
        case .tcp: number = .tcp
        case .udp: number = .udp
        // The initialiser of `AcceptedConnection` takes no path.
        case .socket, nil: number = .none
        }
        bytes.append(number.rawValue)
        append(connection.origin, to: &bytes)
        if let hostPort = connection.target?.hostPort {
            append(hostPort.host, hostPort.port, to: &bytes)
        }
    }

    private static func append(_ id: ListenerID, to bytes: inout [UInt8]) {
        for shift in stride(from: 24, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: id.value >> UInt32(shift)))
        }
    }

    private static func append(_ host: String, _ port: UInt16, to bytes: inout [UInt8]) {
        append(host, to: &bytes)
        bytes += [UInt8(port >> 8), UInt8(port & 0xff)]
    }

    private static func append(_ text: String, to bytes: inout [UInt8]) {
        // The initialisers of what is encoded here saw to it that the length fits into a byte.
        bytes.append(UInt8(text.utf8.count))
        bytes += text.utf8
    }
}
