import SRMUDP

// Which servers there are.
extension Meeting {
    /// Keeps a session with each of these servers from now on.
    ///
    /// A WebSocket to a host that is named for UDP as well is another way to the same server, for
    /// when UDP brings nothing. Two sessions would be two registrations of ours, and peers would be
    /// relayed to the wrong one.
    func use(_ addresses: [ServerAddress]) {
        for address in addresses where address.isUDP {
            let fallback = addresses.first { !$0.isUDP && $0.host == address.host }
            begin(address, fallback: fallback)
        }
        for address in addresses where !address.isUDP {
            guard !servers.contains(where: { $0.address.host == address.host }) else { continue }
            begin(address, fallback: nil)
        }
    }

    private func begin(_ address: ServerAddress, fallback: ServerAddress?) {
        guard !servers.contains(where: { $0.address.place == address.place }) else { return }
        let server = ServerSession(address: address, fallback: fallback, services: services) {
            [unowned self] server, change in
            handle(change, of: server)
        }
        servers.append(server)
        server.start()
    }

    /// Keeps sessions with `addresses` in the place of `former` ones, those that peers name besides,
    /// whom we look for, and has all of them heed what else was changed.
    func use(_ addresses: [ServerAddress], insteadOf former: [ServerAddress]) {
        let needed = addresses + searches.flatMap(\.peer.servers)
        let udpHosts = Set(needed.filter(\.isUDP).map(\.host))
        for server in servers where former.contains(server.address) {
            // A WebSocket alone gives way to the same server by UDP.
            let isNeeded =
                needed.contains(server.address)
                && (server.address.isUDP || !udpHosts.contains(server.address.host))
            if !isNeeded { leave(server) }
        }
        use(addresses)
        for server in servers { server.settingsChanged() }
        callWhereDue()
    }

    private func leave(_ server: ServerSession) {
        let wasUp = server.isUp
        dropRoutes(of: server)
        server.stop()
        servers.removeAll { $0 === server }
        if wasUp { callbacks.report(server, .down("it is not used any more")) }
        // Whoever was relayed there is looked for through the others.
        for index in searches.indices { searches[index].seekAgain() }
    }
}
