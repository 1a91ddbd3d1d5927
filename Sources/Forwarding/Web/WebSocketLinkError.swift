import SRMUDP

/// Why there is no WebSocket, or no longer, for the user to read. No secret is part of it.
package enum WebSocketLinkError: Error, Equatable, Sendable {
    /// The name of the server or the proxy was not found.
    case name(String, reason: String)
    /// The server or the proxy, which is named, was not reached.
    case connect(String, reason: String)
    case proxy(String, ProxyError)
    case stream(WebStreamError)
    case head(HTTPHeadError)
    case opening(WebSocketOpeningError)
    /// The handshake took too long; what was waited for.
    case tooSlow(String)
    /// The peer sent more than a handshake is worth.
    case tooMuch
    /// The peer broke a rule, in words.
    case broken(String)
    case closedByPeer(WebSocketClose)
    /// The peer ended the connection without a word.
    case ended
    case silent
    case closedHere
}

extension WebSocketLinkError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .name(let name, let reason): "\(name.printable): \(reason)"
        case .connect(let place, let reason): "cannot connect to \(place.printable): \(reason)"
        case .proxy(let proxy, let error): "\(proxy.printable): \(error)"
        case .stream(let error): error.description
        case .head(let error): "the server's answer is not HTTP as it should be: \(error)"
        case .opening(let error): error.description
        case .tooSlow(let what): "\(what) took too long"
        case .tooMuch: "the answer is too long"
        case .broken(let rule): "the other end broke the protocol: \(rule)"
        case .closedByPeer(let close): "the other end closed the WebSocket\(Self.words(close))"
        case .ended: "the other end closed the connection"
        case .silent: "the other end gave no sign of life"
        case .closedHere: "closed"
        }
    }

    private static func words(_ close: WebSocketClose) -> String {
        guard let code = close.code else { return "" }
        return " (\(code.rawValue)\(close.reason.isEmpty ? "" : " ")\(close.reason.printable))"
    }
}
