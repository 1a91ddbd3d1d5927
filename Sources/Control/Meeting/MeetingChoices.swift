import SRMUDP

/// What of a meeting may change while the node runs. Whoever needs it reads it when it is needed.
final class MeetingChoices {
    var settings: MeetingSettings
    /// What rendezvous servers want to hear, if they do not admit everybody.
    var password: SecretBytes?
    /// What we call ourselves, for the servers' logs.
    var label: String
    /// Whether peers are told where we may be reached.
    var tellsAddresses: Bool

    init(_ options: Node.Options, password: SecretBytes?) {
        settings = options.meeting
        self.password = password
        label = options.label
        tellsAddresses = options.tellsAddresses
    }

    func use(_ options: Node.Options, password: SecretBytes?) {
        settings = options.meeting
        self.password = password
        label = options.label
        tellsAddresses = options.tellsAddresses
    }
}

extension Node.Options {
    /// Where everything is relayed, our addresses are nobody's business.
    fileprivate var tellsAddresses: Bool {
        transport.tellsAddresses && meeting.path != .relay
    }
}

extension MeetingSettings {
    /// What WebSockets inside TLS trust.
    func security() throws(CommandError) -> TLSContext {
        do throws(TLSError) {
            return try .client(trusting: authorities.map { .file($0) } ?? .system)
        } catch {
            throw CommandError("--tls-ca", "\(error)", .usage)
        }
    }

    /// The password of the servers, if there is one.
    func password() throws(CommandError) -> SecretBytes? {
        try passwordFile.map(PasswordFile.read)
    }
}
