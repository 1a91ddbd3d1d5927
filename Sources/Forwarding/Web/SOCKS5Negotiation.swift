import SRMUDP

/// Asks a SOCKS5 proxy for a connection (RFC 1928), with user and password where there are any (RFC
/// 1929).
///
///     greeting     05 | number of methods 1 | methods: 00 none, 02 user and password
///     choice       05 | method 1; ff none of them
///     credentials  01 | length 1 | user | length 1 | password
///     verdict      01 | status 1; 0 is yes
///     request      05 | 01 connect | 00 | address | port 2
///     reply        05 | code 1; 0 is yes | 00 | address | port 2
///     address      01 | IPv4 4,   03 | length 1 | name,   or 04 | IPv6 16
package struct SOCKS5Negotiation {
    private enum State {
        case awaitingChoice
        case awaitingVerdict
        case awaitingReply
        case done
    }

    private static let methodNone: UInt8 = 0
    private static let methodPassword: UInt8 = 2

    private let request: [UInt8]
    private let credentials: ProxyCredentials?
    private var state = State.awaitingChoice

    package init(host: String, port: UInt16, credentials: ProxyCredentials?) {
        precondition((1...255).contains(host.utf8.count), "the host fits its byte of length")
        let address: [UInt8]
        if let ip = IPAddress(host) {
            address = ip.isIPv4 ? [1] + ip.bytes.suffix(4) : [4] + ip.bytes
        } else {
            address = [3, UInt8(host.utf8.count)] + host.utf8
        }
        request = [5, 1, 0] + address + [UInt8(port >> 8), UInt8(port & 0xff)]
        self.credentials = credentials
    }

    package var isDone: Bool { state == .done }

    package func start() -> [UInt8] {
        credentials == nil
            ? [5, 1, Self.methodNone] : [5, 2, Self.methodNone, Self.methodPassword]
    }

    package mutating func receive(_ queue: inout ByteQueue) throws(ProxyError) -> [UInt8] {
        var answer: [UInt8] = []
        while let next = try step(&queue) { answer += next }
        return answer
    }

    /// Takes one message of the proxy; nil if it is not there yet, or the negotiation is over.
    private mutating func step(_ queue: inout ByteQueue) throws(ProxyError) -> [UInt8]? {
        switch state {
        case .awaitingChoice:
            guard queue.count >= 2 else { return nil }
            return try chosen(queue.take(2))
        case .awaitingVerdict:
            guard queue.count >= 2 else { return nil }
            guard queue.take(2)[1] == 0 else { throw .credentialsRefused }
            state = .awaitingReply
            return request
        case .awaitingReply:
            guard let length = try Self.replyLength(queue) else { return nil }
            queue.skip(length)
            state = .done
            return []
        case .done: return nil
        }
    }

    private mutating func chosen(_ choice: [UInt8]) throws(ProxyError) -> [UInt8] {
        guard choice[0] == 5 else { throw .malformedAnswer }
        switch (choice[1], credentials) {
        case (Self.methodNone, _):
            state = .awaitingReply
            return request
        case (Self.methodPassword, .some(let credentials)):
            state = .awaitingVerdict
            let password = credentials.password.exposed
            // The address was parsed with these limits.
            return [1, UInt8(clamping: credentials.user.count)] + credentials.user.prefix(255)
                + [UInt8(clamping: password.count)] + password.prefix(255)
        case (0xff, .some): throw .credentialsRefused
        case (0xff, nil): throw .credentialsNeeded
        default: throw .malformedAnswer
        }
    }

    /// The length of the reply at the beginning of `queue`, once it is whole.
    private static func replyLength(_ queue: borrowing ByteQueue) throws(ProxyError) -> Int? {
        guard queue.count >= 1 else { return nil }
        guard queue[0] == 5 else { throw .malformedAnswer }
        guard queue.count >= 2 else { return nil }
        // A refusal is clear before its address has come, which some leave out.
        guard queue[1] == 0 else { throw .refusedBySOCKS(queue[1]) }
        guard queue.count >= 5 else { return nil }
        let addressLength: Int
        switch queue[3] {
        case 1: addressLength = 4
        case 3: addressLength = 1 + Int(queue[4])
        case 4: addressLength = 16
        default: throw .malformedAnswer
        }
        let length = 4 + addressLength + 2
        return queue.count >= length ? length : nil
    }
}
