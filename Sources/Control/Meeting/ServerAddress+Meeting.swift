extension ServerAddress {
    /// Whether it is to be reached by UDP at first.
    var isUDP: Bool { transport == .udp }

    /// Whether a WebSocket to it is inside TLS.
    var isSecure: Bool { transport != .webSocket }
}

extension MessageChannel.Failure: CustomStringConvertible {
    /// For people, as the end of a sentence.
    package var description: String {
        switch self {
        case .invalidLength: "it sent what makes no sense; is it a rendezvous server?"
        case .ended: "it ended the talk"
        case .overflow: "it does not take what we send"
        }
    }
}
