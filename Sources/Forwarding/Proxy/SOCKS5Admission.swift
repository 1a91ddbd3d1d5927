import SRMUDP

/// The proxy's side of SOCKS5 (RFC 1928), with user and password where they are asked for (RFC 1929).
///
///     greeting     05 | number of methods 1 | methods: 00 none, 02 user and password
///     choice       05 | method 1; ff none of them
///     credentials  01 | length 1 | user | length 1 | password
///     verdict      01 | status 1; 0 is yes
///     request      05 | 01 connect, 02 bind, 03 UDP associate | 00 | address | port 2
///     reply        05 | code 1; 0 is yes | 00 | address | port 2
///     address      01 | IPv4 4,   03 | length 1 | name,   or 04 | IPv6 16
///
/// Names are not looked up here: the far side does that.
package struct SOCKS5Admission {
    private enum State {
        case awaitingMethods
        case awaitingCredentials
        case awaitingRequest
    }

    private static let noMethod: UInt8 = 0
    private static let passwordMethod: UInt8 = 2
    private static let connect: UInt8 = 1
    private static let associate: UInt8 = 3

    private let users: ProxyUsers?
    private var state = State.awaitingMethods

    package init(users: ProxyUsers?) { self.users = users }

    package mutating func step(_ queue: inout ByteQueue) throws(ProxyRefusal) -> ProxyStep {
        switch state {
        case .awaitingMethods: try chooseMethod(&queue)
        case .awaitingCredentials: try checkCredentials(&queue)
        case .awaitingRequest: try readRequest(&queue)
        }
    }

    private mutating func chooseMethod(
        _ queue: inout ByteQueue
    ) throws(ProxyRefusal) -> ProxyStep {
        guard queue.count >= 2, queue.count >= 2 + Int(queue[1]) else { return .incomplete }
        let methods = queue.take(2 + Int(queue[1])).dropFirst(2)
        let wanted = users == nil ? Self.noMethod : Self.passwordMethod
        guard methods.contains(wanted) else {
            let reason: ProxyRefusal.Reason = users == nil ? .malformed : .credentialsNeeded
            throw ProxyRefusal(reason, answer: [5, 0xff])
        }
        state = users == nil ? .awaitingRequest : .awaitingCredentials
        return .answer([5, wanted])
    }

    private mutating func checkCredentials(
        _ queue: inout ByteQueue
    ) throws(ProxyRefusal) -> ProxyStep {
        let refusal = ProxyRefusal(.wrongCredentials, answer: [1, 1])
        guard queue.count >= 2 else { return .incomplete }
        guard queue[0] == 1 else { throw refusal }
        let userEnd = 2 + Int(queue[1])
        guard queue.count > userEnd else { return .incomplete }
        let end = userEnd + 1 + Int(queue[userEnd])
        guard queue.count >= end else { return .incomplete }
        let bytes = queue.take(end)
        let isKnown = users?.admits(
            user: [UInt8](bytes[2..<userEnd]), password: [UInt8](bytes[(userEnd + 1)...]))
        guard isKnown == true else { throw refusal }
        state = .awaitingRequest
        return .answer([1, 0])
    }

    private func readRequest(_ queue: inout ByteQueue) throws(ProxyRefusal) -> ProxyStep {
        guard queue.count >= 5 else { return .incomplete }
        guard queue[0] == 5, queue[2] == 0 else { throw Self.refused(1, .malformed) }
        let hostEnd: Int
        switch queue[3] {
        case 1: hostEnd = 4 + 4
        case 3: hostEnd = 5 + Int(queue[4])
        case 4: hostEnd = 4 + 16
        default: throw Self.refused(8, .unsupportedAddress)
        }
        guard queue.count >= hostEnd + 2 else { return .incomplete }
        let bytes = queue.take(hostEnd + 2)
        let port = UInt16(bytes[hostEnd]) << 8 | UInt16(bytes[hostEnd + 1])
        let isName = bytes[3] == 3
        let host = [UInt8](bytes[(isName ? 5 : 4)..<hostEnd])
        switch bytes[1] {
        case Self.connect:
            let text =
                isName
                ? String(validating: host, as: UTF8.self) : IPAddress(bytes: host)?.description
            guard let text, let target = HostPort(client: text, port: port) else {
                throw Self.refused(1, .badTarget)
            }
            return .request(.connect(target, .socks5))
        case Self.associate:
            // Who sends from a named host gives no address to hold the datagrams against.
            let address = isName ? nil : IPAddress(bytes: host)
            return .request(.associate(from: SocketAddress(address ?? .anyIPv4, port: port)))
        default: throw Self.refused(7, .unsupportedCommand)
        }
    }

    private static func refused(_ code: UInt8, _ reason: ProxyRefusal.Reason) -> ProxyRefusal {
        ProxyRefusal(reason, answer: reply(code))
    }
}

extension SOCKS5Admission {
    /// The reply with this code.
    ///
    /// - Parameter address: where the client finds what it asked for; only UDP ASSOCIATE has that.
    package static func reply(_ code: UInt8, address: SocketAddress? = nil) -> [UInt8] {
        let ip = address?.ip ?? .anyIPv4
        let port = address?.port ?? 0
        let host = ip.isIPv4 ? [1] + ip.bytes.suffix(4) : [4] + ip.bytes
        return [5, code, 0] + host + [UInt8(port >> 8), UInt8(port & 0xff)]
    }

    /// The code for what the far side said (RFC 1928 section 6). A name that is not found has no
    /// code of its own and is an unreachable host.
    package static func code(of status: OpenReply.Status) -> UInt8 {
        switch status {
        case .connected: 0
        case .notPermitted: 2
        case .networkUnreachable: 3
        case .hostUnreachable, .nameNotFound: 4
        case .refused: 5
        case .timedOut: 6
        case .generalFailure, .badRequest, .tooManyRequests: 1
        }
    }
}
