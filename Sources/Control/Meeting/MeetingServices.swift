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
    let choices: MeetingChoices
    /// Whether peers may call us.
    let isCallable: Bool
    let knownServers: KnownServers
    let memory: NetworkMemory
    /// Where the node can be reached without anybody's help.
    let localCandidates: () -> [Candidate]

    var publicKey: PublicKey { endpoint.publicKey }
    var settings: MeetingSettings { choices.settings }
    var tellsAddresses: Bool { choices.tellsAddresses }

    /// The secret for the handshake with the server that has this key.
    func secret(_ key: PublicKey) -> SecretBytes {
        guard let password = choices.password else { return RendezvousSecret.open }
        return RendezvousSecret.derive(password: password, server: key)
    }

    /// Calls `body` in the next turn of the loop, if the connection still lives then.
    ///
    /// For what tells a peer that we take part: it must not overtake the openers that were scheduled
    /// just now and leave with this turn, or the peer's datagrams may come before them.
    func afterOpeners(to connection: Connection, _ body: @escaping () -> Void) {
        loop.schedule(at: loop.now) { [weak endpoint, weak connection] in
            guard endpoint?.connections.contains(where: { $0 === connection }) == true else {
                return
            }
            body()
        }
    }
}
