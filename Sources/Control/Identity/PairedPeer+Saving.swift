import SRMUDP

extension KnownPeers {
    /// Saves who was paired with by a code, under the name that the user gave, or that the peer
    /// gives itself, or a made-up one.
    ///
    /// - Parameters:
    ///   - name: what the user wants it to be called; nil leaves the choice to us.
    ///   - permissions, rights, expiry: what the peer may do here besides what everybody may, and until when.
    ///   - servers: where it waits to be called.
    /// - Returns: the peer as it was saved.
    func save(
        _ paired: PairedPeer, name: String?, permissions: [String] = [], expiry: UnixTime? = nil,
        rights: PeerRights = PeerRights(), now: UnixTime
    ) throws(PeerError) -> Peer {
        let known = peer(with: paired.publicKey)
        let peer = Peer(
            name: name ?? known?.name ?? freeName(for: paired.profile.label),
            publicKey: paired.publicKey, preSharedKey: paired.preSharedKey,
            candidates: paired.profile.candidates.map(\.address), permissions: permissions,
            expiry: expiry, added: now, servers: paired.servers, rights: rights)
        try add(peer)
        return peer
    }

    /// `label` if it can be a name, with a number behind it if somebody else has it.
    private func freeName(for label: String) -> String {
        let base = Peer.isValid(name: label) ? String(label.prefix(56)) : "peer"
        guard peers.contains(where: { $0.name == base }) else { return base }
        var number = 2
        while peers.contains(where: { $0.name == "\(base)-\(number)" }) { number += 1 }
        return "\(base)-\(number)"
    }
}

extension PairedPeer {
    /// The server that the peer says it uses.
    var servers: [ServerAddress] {
        guard !profile.rendezvous.isEmpty, let server = try? ServerAddress(profile.rendezvous)
        else { return [] }
        return [server]
    }

    var checkPhraseText: String { checkPhrase.joined(separator: " ") }

    /// Of what the peer offers, what `-L` can name: no patterns and ranges.
    var exampleOffer: (host: String, port: String)? {
        for offer in profile.offers {
            guard let colon = offer.lastIndex(of: ":") else { continue }
            let host = String(offer[..<colon])
            let port = String(offer[offer.index(after: colon)...])
            let isPlain = port.allSatisfy(\.isNumber) && !host.contains("*") && !host.contains("/")
            if isPlain, !port.isEmpty, !host.isEmpty { return (host, port) }
        }
        return nil
    }
}
