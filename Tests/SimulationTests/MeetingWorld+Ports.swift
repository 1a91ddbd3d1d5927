import SRMUDP
import TestSupport

// What a node does behind a NAT that takes another port for each destination.
extension MeetingWorld {
    private static let firstPort: UInt16 = 20_000
    private static let firstLink: UInt32 = 1_000

    /// Looks at the NAT from a fresh socket, opens spare sockets and tells the peer.
    /// - Returns: the stage; nil if there is no reason for one.
    func openPorts(of side: Side, budget: Int = 1_024) -> PortStage? {
        let connection = connection(side)
        guard let stage = PortStage(freshReport(of: side), budget: budget),
            let remote = PortStage.remote(
                among: connection?.remoteCandidates ?? [], near: stage.hint)
        else { return nil }
        for index in 0..<stage.count {
            let link = LinkAddress(.socket, number: Self.firstLink + UInt32(index)).socketAddress
            let spare = SimulatedSpareSocket(
                owner: pair.host(side), link: link, remote: remote
            ) { [pair] link in
                connection?.addAddress(link, now: pair.network.now)
            }
            let port = Self.firstPort + UInt16(index)
            pair.network.add(spare, port: port)
            // The opener.
            _ = pair.network.observedAddress(of: pair.host(side), port: port, by: remote)
        }
        connection?.setLocalCandidates(
            stage.candidates + candidates(of: side), now: pair.network.now)
        return stage
    }

    private func freshReport(of side: Side) -> NetworkReport {
        let observations = [Self.server.port, Self.server.port + 1].compactMap { port in
            let server = SocketAddress(Self.server.ip, port: port)
            return pair.network.observedAddress(
                of: pair.host(side), port: Self.firstPort - 1, by: server
            ).map { NetworkReport.Observation(server: server, observed: $0) }
        }
        let addresses = Set(observations.map(\.observed))
        return NetworkReport(
            server: Self.server, observations: observations,
            mapping: addresses.count > 1 ? .portDependent : .endpointIndependent)
    }
}
