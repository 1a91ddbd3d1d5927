import SRMUDP

extension PeerGrants {
    /// Holds `place` against the rules and the gateway ports.
    ///
    /// A bind address is taken as the peer gave it or refused: it is never made narrower or wider
    /// without a word, as ssh does it.
    package func judge(_ place: ListenRequest.Place) -> ListenJudgement {
        guard listen.contains(where: { $0.permits(place) }) else {
            return .refused("no rule to listen at \(place)")
        }
        switch place {
        case .socket: return .allowed(place)
        case .tcp(let host, _), .udp(let host, _):
            guard let reason = gatewayRefusal(host) else { return .allowed(place) }
            return .refused(reason)
        }
    }

    private func gatewayRefusal(_ host: String) -> String? {
        let isLoopback = host.lowercased() == "localhost" || IPAddress(host)?.isLoopback == true
        if isLoopback { return nil }
        let isEverywhere = host.isEmpty || IPAddress(host)?.isUnspecified == true
        switch gateway {
        case .clientSpecified: return nil
        case .yes:
            return isEverywhere
                ? nil : "gateway ports are 'yes': listen at all addresses or localhost"
        case .no: return "gateway ports are 'no': listen at localhost"
        }
    }
}
