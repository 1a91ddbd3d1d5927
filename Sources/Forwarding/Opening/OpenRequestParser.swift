import SRMUDP

/// Reads an `OpenRequest` byte by byte, so that it may arrive in any pieces.
package struct OpenRequestParser {
    package enum Failure: Error, Equatable {
        /// A version other than 1.
        case unsupportedVersion(UInt8)
        /// A kind that this version does not know.
        case unsupportedKind(UInt8)
        /// A text is not UTF-8 or has control characters, a host or path is empty, a port is 0, or
        /// a protocol, flag or direction is unknown, or a time is out of range.
        case invalidTarget
    }

    /// What was received.
    private(set) var bytes: [UInt8] = []
    /// How many bytes there must be before it is worth reading them again.
    private var wanted = 1

    package init() {}

    /// Takes the next byte.
    /// - Returns: the request with its last byte, nil before that.
    package mutating func receive(_ byte: UInt8) throws(Failure) -> OpenRequest? {
        bytes.append(byte)
        guard bytes.count >= wanted else { return nil }
        var reader = RequestReader(bytes: bytes)
        do throws(RequestReader.Stop) {
            return try OpenRequest(reading: &reader)
        } catch {
            switch error {
            case .incomplete(let count):
                wanted = count
                return nil
            case .failed(let failure): throw failure
            }
        }
    }
}

extension OpenRequest {
    fileprivate init(reading reader: inout RequestReader) throws(RequestReader.Stop) {
        let version = try reader.byte()
        guard version == Self.version else { throw .failed(.unsupportedVersion(version)) }
        let byte = try reader.byte()
        let isDynamic = byte & Self.dynamicBit != 0
        guard let kind = Kind(rawValue: byte & ~Self.dynamicBit) else {
            throw .failed(.unsupportedKind(byte))
        }
        switch kind {
        case .tcp: self = .connect(.tcp(try reader.hostPort()), isDynamic: isDynamic)
        case .udp: self = .connect(.udp(try reader.hostPort()), isDynamic: isDynamic)
        case .socket, .listen, .accepted, .pipe, .relay, .relayed, .measure:
            guard !isDynamic else { throw .failed(.unsupportedKind(byte)) }
            self = try Self.undirected(kind, &reader)
        }
    }

    /// The kinds without a host of their own.
    private static func undirected(
        _ kind: Kind, _ reader: inout RequestReader
    ) throws(RequestReader.Stop) -> OpenRequest {
        switch kind {
        case .tcp, .udp: throw .failed(.invalidTarget)
        case .socket: .connect(.socket(try reader.path()), isDynamic: false)
        case .listen: .listen(try reader.listenRequest())
        case .accepted: .accepted(try reader.acceptedConnection())
        case .pipe: .pipe
        case .relay: .relay(to: try reader.publicKey())
        case .relayed: .relayed(from: try reader.publicKey())
        case .measure: .measure(try reader.measureRequest())
        }
    }
}

/// Reads the fields of a request as far as they have arrived.
private struct RequestReader {
    enum Stop: Error {
        /// There must be so many bytes to go on.
        case incomplete(Int)
        case failed(OpenRequestParser.Failure)
    }

    let bytes: [UInt8]
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() throws(Stop) -> UInt8 { try take(1)[0] }

    mutating func hostPort() throws(Stop) -> HostPort {
        let host = try text()
        guard !host.isEmpty, let hostPort = HostPort(host: host, port: try twoBytes()) else {
            throw .failed(.invalidTarget)
        }
        return hostPort
    }

    mutating func path() throws(Stop) -> SocketPath {
        guard let path = SocketPath(try text()) else { throw .failed(.invalidTarget) }
        return path
    }

    mutating func publicKey() throws(Stop) -> PublicKey {
        guard let key = PublicKey(Array(try take(PublicKey.length))) else {
            throw .failed(.invalidTarget)
        }
        return key
    }

    mutating func listenRequest() throws(Stop) -> ListenRequest {
        let id = try listenerID()
        let number = try protocolNumber()
        let flags = try byte()
        let isDynamic = flags & OpenRequest.ListenFlag.dynamic != 0
        let hasUsers = flags & OpenRequest.ListenFlag.users != 0
        guard flags <= 3, isDynamic || !hasUsers else { throw .failed(.invalidTarget) }
        let place: ListenRequest.Place
        switch number {
        case .tcp: place = .tcp(host: try text(), port: try twoBytes())
        case .udp: place = .udp(host: try text(), port: try twoBytes())
        case .socket: place = .socket(try path())
        case .none: throw .failed(.invalidTarget)
        }
        guard
            let request = ListenRequest(
                id: id, place: place, isDynamic: isDynamic, users: hasUsers ? try users() : [])
        else { throw .failed(.invalidTarget) }
        return request
    }

    private mutating func users() throws(Stop) -> [ProxyUserDigest] {
        let count = Int(try byte())
        guard (1...ListenRequest.userLimit).contains(count) else {
            throw .failed(.invalidTarget)
        }
        let bytes = try take(count * ProxyUserDigest.length)
        return stride(from: 0, to: bytes.count, by: ProxyUserDigest.length).compactMap { start in
            ProxyUserDigest(Array(bytes[start..<start + ProxyUserDigest.length]))
        }
    }

    mutating func acceptedConnection() throws(Stop) -> AcceptedConnection {
        let id = try listenerID()
        let number = try protocolNumber()
        let origin = try text()
        let target: Target?
        switch number {
        case .none: target = nil
        case .tcp: target = .tcp(try hostPort())
        case .udp: target = .udp(try hostPort())
        case .socket: throw .failed(.invalidTarget)
        }
        guard let connection = AcceptedConnection(listener: id, origin: origin, target: target)
        else { throw .failed(.invalidTarget) }
        return connection
    }

    mutating func measureRequest() throws(Stop) -> MeasureRequest {
        guard let direction = MeasureRequest.Direction(rawValue: try byte()) else {
            throw .failed(.invalidTarget)
        }
        guard let request = MeasureRequest(direction, milliseconds: try twoBytes()) else {
            throw .failed(.invalidTarget)
        }
        return request
    }

    private mutating func listenerID() throws(Stop) -> ListenerID {
        ListenerID(try take(4).reduce(0) { $0 << 8 | UInt32($1) })
    }

    private mutating func protocolNumber() throws(Stop) -> OpenRequest.ProtocolNumber {
        guard let number = OpenRequest.ProtocolNumber(rawValue: try byte()) else {
            throw .failed(.invalidTarget)
        }
        return number
    }

    private mutating func text() throws(Stop) -> String {
        let length = Int(try byte())
        guard let text = String(validating: try take(length), as: UTF8.self) else {
            throw .failed(.invalidTarget)
        }
        return text
    }

    /// A number of two bytes.
    private mutating func twoBytes() throws(Stop) -> UInt16 {
        try take(2).reduce(0) { $0 << 8 | UInt16($1) }
    }

    /// The next `count` bytes.
    private mutating func take(_ count: Int) throws(Stop) -> [UInt8] {
        guard bytes.count >= position + count else { throw .incomplete(position + count) }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }
}
