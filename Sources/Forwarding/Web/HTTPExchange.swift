import SRMUDP

/// A request with its whole body, which waits for its answer; it is answered exactly once.
///
/// Whoever handles it may keep it and answer later. One that is dropped without an answer is
/// answered with 500.
package final class HTTPExchange {
    package let head: HTTPRequestHead
    /// At most as long as the handler has said.
    package let body: [UInt8]
    package let client: HTTPClient
    /// What every answer has besides its own fields, unless it has one of the same name.
    package var commonFields = HTTPFields()
    /// Called when the client is gone before it was answered.
    package var abandoned: () -> Void = {}
    /// Called with the status of the answer.
    package var answered: (Int) -> Void = { _ in }
    private let connection: HTTPConnection
    private var isAnswered = false
    private var isAbandoned = false

    package var peer: SocketAddress { client.peer }
    package var local: SocketAddress { client.local }
    package var isSecure: Bool { client.isSecure }
    package var clientName: String? { client.name }

    init(
        head: HTTPRequestHead, body: [UInt8], client: HTTPClient, connection: HTTPConnection
    ) {
        self.head = head
        self.body = body
        self.client = client
        self.connection = connection
    }

    deinit {
        guard !isAnswered else { return }
        connection.answer(.text(status: 500, "nobody answers here"), to: head)
        answered(500)
    }

    /// Whether it is answered, or the client is gone.
    package var isOver: Bool { isAnswered || isAbandoned }

    /// Sends the answer; without effect if the client is gone.
    package func answer(_ response: HTTPResponse) {
        precondition(!isAnswered, "it was answered already")
        isAnswered = true
        abandoned = {}
        var response = response
        response.fields.complete(with: commonFields)
        connection.answer(response, to: head)
        answered(response.status)
    }

    /// Answers 101 and hands the connection over.
    ///
    /// - Parameters:
    ///   - request: that of `head`.
    ///   - subprotocol: one of those asked for, or nil.
    /// - Returns: the WebSocket; whoever takes it sets its closures before the end of the turn. If
    ///   the client is gone, it only tells so.
    package func acceptWebSocket(
        _ request: WebSocketRequest, subprotocol: String? = nil,
        limits: WebSocketLimits = WebSocketLimits()
    ) -> WebSocketMessenger {
        precondition(!isAnswered, "it was answered already")
        isAnswered = true
        abandoned = {}
        answered(101)
        return connection.openWebSocket(request, subprotocol: subprotocol, limits: limits)
    }

    /// The client is gone.
    func abandon() {
        guard !isOver else { return }
        isAbandoned = true
        abandoned()
        abandoned = {}
    }
}
