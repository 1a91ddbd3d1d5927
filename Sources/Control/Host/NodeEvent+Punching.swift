import SRMUDP

// How far the attempts have come to reach peers directly that servers introduce.
extension NodeEvent {
    /// - Parameter time: since the attempt began.
    init(_ stage: PunchWatch.Stage, of peer: String, after time: Interval) {
        let (word, text) = Self.texts(stage, peer, time)
        self.init(
            .path, "punching", text,
            [
                ("peer", .string(peer)), ("stage", .string(word)),
                ("milliseconds", .number(time.nanoseconds / 1_000_000)),
            ])
    }

    private static func texts(
        _ stage: PunchWatch.Stage, _ peer: String, _ time: Interval
    ) -> (word: String, text: String) {
        switch stage {
        case .calling: ("calling", "looking for '\(peer)' through rendezvous servers")
        case .answered: ("answered", "'\(peer)' answered; opening a way to it")
        case .relayed: ("relayed", "'\(peer)' is reached by a relay; looking for a direct way")
        case .ended(.direct): ("direct", "'\(peer)' is reached directly, after \(time)")
        case .ended(.relayed): ("gaveUp", "there is no direct way to '\(peer)' so far")
        case .ended(.unreached): ("unreached", "'\(peer)' was not reached")
        }
    }
}

extension NodeHost {
    /// Has the journal tell of them, and the commands that wait for these peers.
    func followPunching() {
        node.punches.changed = { [unowned self] connection, stage, time in
            let key = connection.target.publicKey
            // Who was met for this one time has no name that others know.
            guard let peer = node.directory.peers.peer(with: key) else { return }
            let event = NodeEvent(stage, of: peer.name, after: time)
            journal.tell(event)
            for group in groups where group.peer?.publicKey == key { group.tellOwner(event) }
        }
    }
}
