import SRMUDP

/// The proxy's side of SOCKS4 and 4a.
///
///     request  04 | 01 connect | port 2 | IPv4 4 | user | 00
///              and with an IPv4 of 0.0.0.x, x above 0 (4a):  name | 00
///     reply    00 | code 1: 5a granted, 5b not, 5d not without another user | 6 bytes of no meaning
///
/// The user is a mere claim, so that a proxy which asks for passwords does not speak this protocol.
package struct SOCKS4Admission: Equatable {
    private static let textLimit = 255
    private static let connect: UInt8 = 1

    private let isOpen: Bool

    package init(users: ProxyUsers?) { isOpen = users == nil }

    package func step(_ queue: inout ByteQueue) throws(ProxyRefusal) -> ProxyStep {
        guard isOpen else {
            throw ProxyRefusal(.credentialsNeeded, answer: Self.answer(code: 0x5d))
        }
        guard queue.count >= 8 else { return .incomplete }
        guard let user = try Self.text(in: queue, from: 8) else { return .incomplete }
        let address = (4..<8).map { queue[$0] }
        var end = user.upperBound + 1
        let host: String?
        if address.prefix(3) == [0, 0, 0], address[3] != 0 {
            guard let name = try Self.text(in: queue, from: end) else { return .incomplete }
            host = String(validating: name.map { queue[$0] }, as: UTF8.self)
            end = name.upperBound + 1
        } else {
            host = IPAddress(bytes: address)?.description
        }
        let bytes = queue.take(end)
        guard bytes[1] == Self.connect else { throw Self.refused(.unsupportedCommand) }
        let port = UInt16(bytes[2]) << 8 | UInt16(bytes[3])
        guard let host, host != "0.0.0.0", let target = HostPort(client: host, port: port) else {
            throw Self.refused(.badTarget)
        }
        return .request(.connect(target, .socks4))
    }

    static func answer(isGranted: Bool) -> [UInt8] { answer(code: isGranted ? 0x5a : 0x5b) }

    private static func answer(code: UInt8) -> [UInt8] { [0, code, 0, 0, 0, 0, 0, 0] }

    private static func refused(_ reason: ProxyRefusal.Reason) -> ProxyRefusal {
        ProxyRefusal(reason, answer: answer(isGranted: false))
    }

    /// Where the text is that begins at `start` and ends before a zero; nil if that has not come.
    private static func text(
        in queue: borrowing ByteQueue, from start: Int
    ) throws(ProxyRefusal) -> Range<Int>? {
        var end = start
        while end < queue.count {
            if queue[end] == 0 { return start..<end }
            guard end - start < textLimit else { throw refused(.malformed) }
            end += 1
        }
        return nil
    }
}

extension HostPort {
    /// What a client named; an address in brackets loses them, as some put them into SOCKS names.
    init?(client host: String, port: UInt16) {
        if host.hasPrefix("["), host.hasSuffix("]"),
            let address = IPAddress(host.dropFirst().dropLast()), address.isIPv6
        {
            self.init(host: address.description, port: port)
        } else {
            self.init(host: host, port: port)
        }
    }
}
