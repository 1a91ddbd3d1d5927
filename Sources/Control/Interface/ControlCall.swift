import Forwarding

/// Carries out what clients of a `ControlServer` ask for.
package protocol ControlHandler: AnyObject {
    /// Answers `call` or has it fail, now or later, exactly once.
    func handle(_ call: ControlCall)
}

/// A request that waits for its answer.
///
/// Whoever holds it must call `answer`, `fail` or `takeOver` once. Where the client has gone
/// meanwhile they do nothing.
package final class ControlCall {
    package let method: String
    package let parameters: ControlParameters
    /// Who gets the answer.
    package let client: any ControlCaller
    /// Nil: the client wants no answer.
    package let id: JSONValue?
    private var isAnswered = false

    init(_ request: ControlRequest, client: any ControlCaller) {
        method = request.method
        parameters = ControlParameters(request.parameters)
        id = request.id
        self.client = client
    }

    deinit {
        guard !isAnswered else { return }
        assert(!client.isOpen, "the call of \(method) was forgotten")
        fail(.internalError("the call was forgotten"))
    }

    /// The client's connection, for what goes on after the answer; nil if it has none of its own.
    package var connection: ControlConnection? { client as? ControlConnection }

    package func answer(_ result: JSONValue = .object([])) {
        finish(id.map { .answer(id: $0, result: result) })
    }

    package func fail(_ error: ControlError) {
        finish(id.map { .failure(id: $0, error) })
    }

    /// Sends the notification `progress` with these members and the `call` that they belong to;
    /// nothing if the client wants no answer.
    package func progress(_ members: [JSONValue.Member]) {
        guard let id, !isAnswered else { return }
        client.notify("progress", .object([("call", id)] + members))
    }

    /// Takes the client's connection over instead of answering, so that whoever has it then answers
    /// in `line`s of the same form and goes on with something else.
    ///
    /// - Returns: nil if there is no connection, or, and it ends, if the client did not wait
    ///   (`takeSocket`).
    package func takeOver() -> TCPSocket? {
        finish(nil)
        return connection?.takeSocket()
    }

    private func finish(_ message: ControlMessage?) {
        assert(!isAnswered, "a second answer to \(method)")
        guard !isAnswered else { return }
        isAnswered = true
        client.finishCall(message)
    }
}
