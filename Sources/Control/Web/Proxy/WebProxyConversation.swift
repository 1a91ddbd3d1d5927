import Forwarding

/// The talk with the client of a link: what it is told when, and what becomes of what it says.
///
///     state         event                       becomes       told
///     ------------  --------------------------  ------------  ------------------------------------
///     connected     begin                                     CONNECTED
///                   key (in the query: at once) waiting       UDP_WAITING
///                   no key for ten seconds      ended         error; close 1008
///     waiting       link waiting, and why                     UDP_WAITING with the reason
///     waiting       link established            established   UDP_ESTABLISHED
///     established   link reconnecting           reconnecting  RECONNECTING
///     reconnecting  link reconnecting, and why                RECONNECTING with the reason
///     reconnecting  link established            established   UDP_ESTABLISHED
///     any           link failed                 ended         ERROR; close 1011
///     any           third bad message in a row  ended         error; close 1008
///
/// It does nothing by itself: each event returns what is to be done, in that order. What the client
/// knows already is not told again.
package struct WebProxyConversation {
    package enum State: Equatable {
        /// The WebSocket is open; the key is missing.
        case connected
        /// The other end has not been heard of.
        case waiting
        case established
        /// The other end was heard of, and is silent.
        case reconnecting
        /// Nothing more is done.
        case ended
    }

    /// What becomes of the link.
    package enum LinkEvent: Equatable {
        /// The other end was not heard yet; what may be in the way, if anything is known.
        case waiting(String?)
        case established
        /// The other end was there and is not now, and why.
        case reconnecting(String)
        /// For good, and why.
        case failed(String)
    }

    package enum Action: Equatable {
        /// To the client.
        case send(WebSocketMessage.Kind, [UInt8])
        case openLink(WebProxyKey)
        /// To the other end of the link.
        case pass(WebSocketMessage.Kind, [UInt8])
        case close(WebSocketClose.Code, reason: String)
    }

    /// How many messages that are none it takes to be closed.
    static let badMessageLimit = 3

    package let connectionID: String
    private let framing: WebProxyRequest.Framing
    package private(set) var state: State = .connected
    /// Bad messages since the last good one.
    private var badMessages = 0
    /// The last status.
    private var told: WebProxyAnswer?

    package init(connectionID: String, framing: WebProxyRequest.Framing) {
        self.connectionID = connectionID
        self.framing = framing
    }

    /// - Parameter key: nil where the first message brings it.
    package mutating func begin(key: WebProxyKey?) -> [Action] {
        let told = tell(.connected)
        return key.map { told + openLink($0) } ?? told
    }

    /// No key has come in time.
    package mutating func keyOverdue() -> [Action] {
        switch state {
        case .connected:
            state = .ended
            return [
                error(.keyMissing, "no encryption_key has come for ten seconds"),
                .close(.policyViolation, reason: "no encryption_key"),
            ]
        case .waiting, .established, .reconnecting, .ended: return []
        }
    }

    package mutating func linkChanged(_ event: LinkEvent) -> [Action] {
        switch (state, event) {
        case (.ended, _), (.connected, _), (.established, .waiting), (.reconnecting, .waiting),
            (.waiting, .reconnecting):
            return []
        case (.waiting, .waiting(let reason)):
            return reason.map { tell(.waiting, $0) } ?? []
        case (.waiting, .established), (.established, .established),
            (.reconnecting, .established):
            state = .established
            return tell(.established)
        case (.established, .reconnecting(let reason)), (.reconnecting, .reconnecting(let reason)):
            state = .reconnecting
            return tell(.reconnecting, reason)
        case (.waiting, .failed(let reason)), (.established, .failed(let reason)),
            (.reconnecting, .failed(let reason)):
            state = .ended
            return tell(.error, reason) + [.close(.internalError, reason: reason)]
        }
    }

    /// A message of the other end of the link.
    ///
    /// What it calls text and what is none is handed on as bytes.
    package func peerSaid(_ kind: WebSocketMessage.Kind, _ bytes: [UInt8]) -> [Action] {
        switch state {
        case .ended, .connected: return []
        case .waiting, .established, .reconnecting: break
        }
        let isText = kind == .text && String(validating: bytes, as: UTF8.self) != nil
        if !isText, framing == .binary { return [.send(.binary, bytes)] }
        return [send(.data(isText ? .text : .binary, bytes))]
    }

    /// A message of the client's.
    package mutating func clientSaid(_ kind: WebSocketMessage.Kind, _ bytes: [UInt8]) -> [Action] {
        guard state != .ended else { return [] }
        do throws(WebProxyMessage.Failure) {
            switch kind {
            case .binary:
                guard bytes.count <= WebProxyMessage.dataLimit else {
                    throw .init("a message has more than \(WebProxyMessage.dataLimit) bytes")
                }
                return try pass(.binary, bytes)
            case .text:
                switch try WebProxyMessage(bytes, connectionID: connectionID) {
                case .data(let kind, let data): return try pass(kind, data)
                case .key(let key): return try take(key)
                case .command:
                    badMessages = 0
                    return [error(.unknownCommand, "this server has no commands")]
                }
            }
        } catch {
            return refuse(error)
        }
    }

    // MARK: Private

    private mutating func pass(
        _ kind: WebSocketMessage.Kind, _ bytes: [UInt8]
    ) throws(WebProxyMessage.Failure) -> [Action] {
        guard state != .connected else {
            throw .init("the first message must bring the encryption_key")
        }
        badMessages = 0
        return [.pass(kind, bytes)]
    }

    private mutating func take(
        _ key: WebProxyKey
    ) throws(WebProxyMessage.Failure) -> [Action] {
        guard state == .connected else { throw .init("the encryption_key is known already") }
        badMessages = 0
        return openLink(key)
    }

    private mutating func openLink(_ key: WebProxyKey) -> [Action] {
        state = .waiting
        return tell(.waiting) + [.openLink(key)]
    }

    private mutating func refuse(_ failure: WebProxyMessage.Failure) -> [Action] {
        badMessages += 1
        let told = error(.invalidMessage, failure.reason)
        guard badMessages == Self.badMessageLimit else { return [told] }
        state = .ended
        return [told, .close(.policyViolation, reason: "three messages in a row were none")]
    }

    private mutating func tell(_ status: WebProxyStatus, _ message: String? = nil) -> [Action] {
        let answer = WebProxyAnswer.status(status, message: message ?? status.message)
        guard answer != told else { return [] }
        told = answer
        return [send(answer)]
    }

    private func error(_ code: WebProxyAnswer.Code, _ message: String) -> Action {
        send(.error(code, message: message))
    }

    private func send(_ answer: WebProxyAnswer) -> Action {
        .send(.text, answer.encoded(connectionID: connectionID))
    }
}
