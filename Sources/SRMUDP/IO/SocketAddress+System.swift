internal import CSystem

extension SocketAddress {
    init(_ address: csystem_address) {
        self.init(
            IPAddress(high: address.high, low: address.low, scope: address.scope),
            port: address.port)
    }

    var system: csystem_address {
        csystem_address(high: ip.high, low: ip.low, scope: ip.scope, port: port)
    }

    static let none = csystem_address(high: 0, low: 0, scope: 0, port: 0)
}
