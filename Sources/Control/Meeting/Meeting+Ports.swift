import SRMUDP

// NATs that take another port for each destination: who opens ports, and who guesses them.
extension Meeting {
    /// What a connection's peer is told of where we can be reached.
    func candidates(for connection: Connection) -> [Candidate] {
        let opened = openings.first { $0.connection === connection }?.candidates ?? []
        return Array((opened + candidates).prefix(Candidate.limit))
    }

    /// A connection came up: if it stays relayed because of our NAT, ports are opened for it.
    func prepareOpening(for connection: Connection) {
        connection.mayGuessPorts = !mapping.dependsOnDestination
        for opening in openings where opening.connection.isClosed {
            endOpening(for: opening.connection)
        }
        guard services.settings.path == .auto, services.tellsAddresses,
            !openings.contains(where: { $0.connection === connection })
        else { return }
        openings.append(
            PortOpening(
                connection, services: services,
                server: { [unowned self, unowned connection] in examiner(for: connection) },
                announce: { [unowned self, unowned connection] in
                    connection.setLocalCandidates(
                        candidates(for: connection), now: services.loop.now)
                }))
    }

    func endOpening(for connection: Connection) {
        openings.first { $0.connection === connection }?.end()
        openings.removeAll { $0.connection === connection }
        peerMappings[ObjectIdentifier(connection)] = nil
    }

    /// The server that is to look at our NAT; nil where nothing would come of it: of two such NATs
    /// neither lets the other one's guesses in.
    private func examiner(for connection: Connection) -> SocketAddress? {
        let theirs = peerMappings[ObjectIdentifier(connection)] ?? .unknown
        guard mapping.dependsOnDestination, !theirs.dependsOnDestination else { return nil }
        return servers.lazy.filter(\.isUp).compactMap(\.place).first { !$0.ip.isLink }
    }

    /// The peer told the kind of its NAT. What is known for connections that are gone is forgotten.
    func learned(_ mapping: NetworkReport.Mapping, ofPeerOn connection: Connection) {
        let known = Set(services.endpoint.connections.map { ObjectIdentifier($0) })
        peerMappings = peerMappings.filter { known.contains($0.key) }
        peerMappings[ObjectIdentifier(connection)] = mapping
    }

    /// The kind of our NAT is known.
    func learned(_ mapping: NetworkReport.Mapping) {
        self.mapping = mapping
        for connection in services.endpoint.connections {
            connection.mayGuessPorts = !mapping.dependsOnDestination
        }
        callbacks.mappingLearned()
    }
}
