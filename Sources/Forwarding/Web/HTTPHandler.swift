import SRMUDP

/// Who is at the other end of a connection of an `HTTPServer`.
package struct HTTPClient: Equatable, Sendable {
    package let peer: SocketAddress
    /// The address that was connected to.
    package let local: SocketAddress
    /// Whether the connection is one of TLS.
    package let isSecure: Bool
    /// The subject's common name of the client's certificate, which was verified.
    package let name: String?

    package init(
        peer: SocketAddress, local: SocketAddress, isSecure: Bool = false, name: String? = nil
    ) {
        self.peer = peer
        self.local = local
        self.isSecure = isSecure
        self.name = name
    }
}

/// Answers the requests of an `HTTPServer`.
package protocol HTTPHandler: AnyObject {
    /// Answers, now or later.
    func handle(_ exchange: HTTPExchange)

    /// The most bytes that the body of this request may have.
    func bodyLimit(for head: HTTPRequestHead) -> Int

    /// An answer by which a request is refused before its body is read.
    func refusal(of head: HTTPRequestHead, from client: HTTPClient) -> HTTPResponse?

    /// What is said about a request that cannot be read.
    func response(to error: HTTPRequestError) -> HTTPResponse
}

extension HTTPHandler {
    package func bodyLimit(for head: HTTPRequestHead) -> Int { HTTPServer.usualBodyLimit }

    package func refusal(of head: HTTPRequestHead, from client: HTTPClient) -> HTTPResponse? { nil }

    package func response(to error: HTTPRequestError) -> HTTPResponse {
        .text(status: error.status, error.description)
    }
}
