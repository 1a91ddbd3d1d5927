import SRMUDP

/// The same rules about listeners for every peer; without rules nobody may listen.
package final class CommonListenPolicy: ListenPolicy {
    private let rules: [ListenRule]
    private let gatewayPorts: GatewayPorts

    package init(rules: [ListenRule] = [], gatewayPorts: GatewayPorts = .no) {
        self.rules = rules
        self.gatewayPorts = gatewayPorts
    }

    /// A wish for more addresses than the gateway ports leave is refused, not narrowed.
    package func judge(_ place: ListenRequest.Place) -> ListenJudgement {
        guard rules.contains(where: { $0.permits(place) }) else {
            return .refused("no rule to listen at \(place)")
        }
        switch place {
        case .socket: return .allowed(place)
        case .tcp(let host, _), .udp(let host, _):
            let isLoopback =
                host.lowercased() == "localhost" || IPAddress(host)?.isLoopback == true
            let isEverywhere = host.isEmpty || IPAddress(host)?.isUnspecified == true
            switch gatewayPorts {
            case .clientSpecified: return .allowed(place)
            case .yes where isLoopback || isEverywhere: return .allowed(place)
            case .no where isLoopback: return .allowed(place)
            case .yes:
                return .refused("gateway ports are 'yes': listen at all addresses or localhost")
            case .no: return .refused("gateway ports are 'no': listen at localhost")
            }
        }
    }
}
