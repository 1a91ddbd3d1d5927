internal import Glibc
import SRMUDP

/// A router that may open a port for us, and our address on its side.
package struct Gateway: Hashable, Sendable {
    package let address: IPAddress
    package let client: IPAddress

    package init(address: IPAddress, client: IPAddress) {
        self.address = address
        self.client = client
    }

    /// The routers of the default routes, at most one for each family of addresses.
    ///
    /// Empty where there are none, where /proc is missing, and for a family whose interface has no
    /// address that could be mapped.
    package static func ofThisMachine() -> [Gateway] {
        var gateways: [Gateway] = []
        if let route = DefaultRoute.ipv4(table: table("/proc/net/route")),
            let client = addresses(of: route).first(where: \.isIPv4)
        {
            gateways.append(Gateway(address: route.gateway, client: client))
        }
        // A gateway opens its firewall for a global address; it translates none.
        if let route = DefaultRoute.ipv6(table: table("/proc/net/ipv6_route")),
            let client = addresses(of: route).first(where: { $0.isIPv6 && !$0.isPrivate })
        {
            let scope = if_nametoindex(route.interface)
            gateways.append(Gateway(address: route.gateway.scoped(to: scope), client: client))
        }
        return gateways
    }

    private static func addresses(of route: DefaultRoute) -> [IPAddress] {
        LocalAddresses.interfaceAddresses(of: route.interface)
            .filter { !$0.isLinkLocal && !$0.isLoopback }
    }

    /// Without the file there is no route.
    private static func table(_ path: String) -> String {
        let bytes = (try? DurableFile(path: path).read(checksOwner: false)) ?? nil
        return String(decoding: bytes ?? [], as: UTF8.self)
    }
}
