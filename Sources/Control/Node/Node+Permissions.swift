import Forwarding
import SRMUDP

// What peers may do, as the command line and the peers file say at the moment.
extension Node {
    /// The account of a peer, which all its sessions share.
    func account(of peer: Peer) -> PeerAccount {
        if let account = accounts[peer.publicKey] { return account }
        let grants = grants(of: peer)
        let account = PeerAccount(
            name: peer.name, grants: grants, budget: RateBudget(rate: grants.rate, clock: loop))
        account.asker = asker
        account.whereabouts = { [weak self] in
            guard let self else { return nil }
            let paths = sessions(with: peer.publicKey).compactMap { $0.connection?.currentPath }
            return paths.first?.remote
        }
        accounts[peer.publicKey] = account
        return account
    }

    /// Gives the accounts what the peers file says now; flows that are not permitted any more end.
    func renewGrants() {
        for (key, account) in accounts {
            guard let peer = directory.peers.peer(with: key) else { continue }
            account.name = peer.name
            let grants = grants(of: peer)
            if account.grants != grants {
                logger.info("the rights of '\(peer.name)' have changed")
                account.grants = grants
            }
        }
    }

    /// Has every peer do what `grants` says from now on, besides what is said of it alone.
    func use(_ grants: PeerGrants) {
        guard grants != options.grants else { return }
        options.grants = grants
        renewGrants()
    }

    /// Has this one decide from now on about what no rule permits; nil: nobody.
    func use(_ asker: (any DestinationAsker)?) {
        self.asker = asker
        for account in accounts.values { account.asker = asker }
    }

    /// Forgets the accounts of peers without sessions.
    func forgetAccounts() {
        let keys = Set(sessions.map(\.peer.publicKey))
        accounts = accounts.filter { keys.contains($0.key) }
    }

    /// Writes down that somebody was asked and permitted this for good.
    func permitFromNowOn(_ question: DestinationQuestion) {
        var rights = PeerRights()
        rights.open = question.rules
        do throws(PeerError) {
            try directory.peers.permit(named: question.peer) { known, _ in known.add(rights) }
            logger.info("'\(question.peer)' may reach \(rights.open.joined(separator: ", "))")
        } catch {
            logger.warning("peers: \(error); the permission ends with the session")
        }
        renewGrants()
    }

    private func grants(of peer: Peer) -> PeerGrants {
        peer.rights.grants(besides: options.grants)
    }
}
