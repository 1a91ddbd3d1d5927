import SRMUDP

/// What a client of a proxy port asked for.
package enum ProxyRequest: Equatable {
    /// A connection; the client is told in its dialect what came of it.
    case connect(HostPort, ProxyDialect)
    /// SOCKS5's UDP ASSOCIATE: datagrams, for as long as the connection stands. The address is the
    /// one that the client means to send from, unspecified and with port 0 where it does not say.
    case associate(from: SocketAddress)
    /// A request of plain HTTP, to be passed on to the server that it names.
    case exchange(HTTPProxyRequest)
}

/// What came of the bytes that a client has sent so far.
package enum ProxyStep: Equatable {
    /// Not enough bytes yet.
    case incomplete
    /// To be sent to the client, who goes on then.
    case answer([UInt8])
    /// The negotiation is over; what is left in the queue belongs to what was asked for.
    case request(ProxyRequest)
}

/// Why a client is turned away, and the last that it is told.
package struct ProxyRefusal: Error, Equatable {
    package enum Reason: Equatable, Sendable {
        /// A first byte of no protocol that is spoken here.
        case unknownProtocol
        /// TLS, as clients speak that were told of an https:// proxy.
        case encrypted
        case malformed
        /// No user and password came, or SOCKS4, which has none.
        case credentialsNeeded
        case wrongCredentials
        case unsupportedCommand
        case unsupportedAddress
        /// The host or the port cannot be asked for.
        case badTarget
    }

    package let reason: Reason
    /// Empty where nothing is worth saying.
    package let answer: [UInt8]

    package init(_ reason: Reason, answer: [UInt8] = []) {
        self.reason = reason
        self.answer = answer
    }
}
