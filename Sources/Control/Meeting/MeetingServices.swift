import Forwarding
import SRMUDP

/// What the parts of a `Meeting` share.
struct MeetingServices {
    let loop: EventLoop
    let endpoint: Endpoint
    let driver: EndpointDriver
    let relays: RelayClient
    let probes: ProbeClient
    let webTools: WebSocketLink.Tools
    let linkNumbers = LinkNumbers()
    let resolver: Resolver
    let random: any RandomSource
    let logger: Logger
    let settings: MeetingSettings
    /// What rendezvous servers want to hear, if they do not admit everybody.
    let password: SecretBytes?
    /// Whether peers may call us.
    let isCallable: Bool
    let label: String
    let knownServers: KnownServers
    let memory: NetworkMemory
    /// Whether peers are told where we may be reached.
    let tellsAddresses: Bool
    /// Where the node can be reached without anybody's help.
    let localCandidates: () -> [Candidate]

    var publicKey: PublicKey { endpoint.publicKey }

    /// The secret for the handshake with the server that has this key.
    func secret(_ key: PublicKey) -> SecretBytes {
        password.map { RendezvousSecret.derive(password: $0, server: key) } ?? RendezvousSecret.open
    }

    /// What WebSockets inside TLS trust.
    func security() throws(CommandError) -> TLSContext {
        do throws(TLSError) {
            return try .client(trusting: settings.authorities.map { .file($0) } ?? .system)
        } catch {
            throw CommandError("--tls-ca", "\(error)", .usage)
        }
    }
}
