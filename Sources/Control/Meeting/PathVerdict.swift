import SRMUDP

/// Why the path to a peer is what it is: a sentence, and one thing that would help.
struct PathVerdict: Equatable {
    let sentence: String
    /// Nil where nothing needs to be better.
    let advice: String?

    /// - Parameters:
    ///   - kind: the path in use; nil without one.
    ///   - policy: what `--path` allows.
    ///   - ours, theirs: the reports of both sides; theirs is nil if the peer did not tell.
    init(kind: PathKind?, policy: PathPolicy, ours: PathReport, theirs: PathReport?) {
        switch (kind, policy) {
        case (nil, _):
            sentence = "There is no path at all."
            advice = "See what the rendezvous server says above; is the other node running?"
        case (.direct?, _):
            sentence = "The path is direct."
            advice = nil
        case (_, .relay):
            sentence = "The path is relayed because --path relay asks for it."
            advice = "Leave --path away to let it become direct."
        case (.relay?, _), (.relayInWebSocket?, _):
            (sentence, advice) = Self.relayed(ours, theirs)
        }
    }

    private static func relayed(
        _ ours: PathReport, _ theirs: PathReport?
    ) -> (String, String) {
        let heard = (ours.entries + (theirs?.entries ?? [])).contains {
            $0.kind == .direct && $0.roundTripMicroseconds != nil
        }
        if heard {
            return (
                "The path is relayed although a direct one answered once: it was given up since.",
                "Look at the firewall on the way; it may end idle UDP flows early."
            )
        }
        let hasDirect = ours.entries.contains { $0.kind == .direct }
        guard hasDirect else {
            return (
                "The path is relayed because no address of the peer is known.",
                "Is UDP blocked there? 'p2pfwd netcheck' on the other machine tells."
            )
        }
        switch (ours.mapping.dependsOnDestination, theirs?.mapping.dependsOnDestination ?? false) {
        case (true, true):
            return (
                "The path is relayed because the NATs of both sides change the port for each "
                    + "destination, so that neither can be told where to send.",
                "Open a UDP port in either router, or switch on port mapping (PCP, NAT-PMP) there."
            )
        case (true, false):
            return (
                "The path is relayed because our NAT changes the port for each destination and the "
                    + "peer's lets in only where it sent to.",
                "Switch on port mapping in our router, or open the peer's UDP port in its router."
            )
        case (false, true):
            return (
                "The path is relayed because the peer's NAT changes the port for each destination "
                    + "and ours lets in only where we sent to.",
                "Switch on port mapping in the peer's router, or open our UDP port in ours."
            )
        case (false, false):
            return (
                "The path is relayed because nothing came through between the addresses above.",
                "A firewall drops UDP on one of the two sides: allow this node's UDP port."
            )
        }
    }
}
