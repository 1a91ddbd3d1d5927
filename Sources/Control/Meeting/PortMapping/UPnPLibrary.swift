internal import CPortMapping
import SRMUDP

/// Where a router takes requests, as it told when it was found.
struct UPnPRouter: Equatable, Sendable {
    let controlURL: String
    let service: String
}

/// The library miniupnpc, which speaks UPnP. It need not be there: it is loaded when it is used.
///
/// All methods block; not for the event loop's thread.
struct UPnPLibrary: ~Copyable {
    /// A request that failed: what the router, or below 0 the library, calls the reason.
    struct Failure: Error {
        let code: Int32

        var refusal: PortMappingRefusal { PortMappingRefusal(upnp: code) }

        /// The port belongs to another machine, or to something else.
        var isConflict: Bool { code == 718 || code == 729 }
        /// The router forwards a port for good or not at all.
        var wantsNoLifetime: Bool { code == 725 }
    }

    private let library: OpaquePointer

    /// Nil if it is not installed, or only in a version that is not known here.
    init?() {
        guard let library = cportmapping_open() else { return nil }
        self.library = library
    }

    deinit { cportmapping_close(library) }

    /// Asks the network for this router; nil if it does not answer.
    func router(at gateway: Gateway, patience: Interval) -> UPnPRouter? {
        guard
            let router = cportmapping_find(
                library, "\(gateway.address)", "\(gateway.client)", Int32(patience.milliseconds))
        else { return nil }
        defer { cportmapping_free(router) }
        return UPnPRouter(
            controlURL: String(cString: cportmapping_control_url(router)),
            service: String(cString: cportmapping_service(router)))
    }

    /// 0.0.0.0 while the router has none.
    func externalAddress(of router: UPnPRouter) throws(Failure) -> IPAddress {
        var number: UInt32 = 0
        try Self.check(
            cportmapping_external_address(library, router.controlURL, router.service, &number))
        return IPAddress(ipv4: number)
    }

    /// - Parameter seconds: with 0 until it is removed.
    func map(
        _ outerPort: UInt16, to client: SocketAddress, seconds: UInt32, at router: UPnPRouter
    ) throws(Failure) {
        try Self.check(
            cportmapping_add(
                library, router.controlURL, router.service, outerPort, "\(client.ip)", client.port,
                seconds))
    }

    func remove(_ outerPort: UInt16, at router: UPnPRouter) throws(Failure) {
        try Self.check(
            cportmapping_remove(library, router.controlURL, router.service, outerPort))
    }

    private static func check(_ code: Int32) throws(Failure) {
        guard code == 0 else { throw Failure(code: code) }
    }
}
