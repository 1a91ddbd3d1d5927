import Forwarding
import SRMUDP

/// The WebSocket to a rendezvous server, as a link of the node's driver.
final class ServerWebSocket {
    /// Where a server that is named for UDP is looked for when UDP brings nothing.
    private static let usualPort: UInt16 = 443

    let address: LinkAddress
    private let driver: EndpointDriver
    private var link: WebSocketLink?

    /// - Parameter closed: is told why it ended, once.
    /// - Throws: if the certificates to trust cannot be read.
    init(
        to server: ServerAddress, services: MeetingServices, closed: @escaping (String) -> Void
    ) throws(CommandError) {
        driver = services.driver
        address = LinkAddress(.webSocket, number: services.linkNumbers.next())
        let target = WebSocketTarget(
            host: server.host, port: server.isUDP ? Self.usualPort : server.port,
            security: server.isSecure ? try services.settings.security() : nil,
            proxy: services.settings.proxy)
        let address = address
        let driver = services.driver
        link = WebSocketLink(
            to: target, tools: services.webTools,
            receive: { storage, range, now in
                driver.receive(&storage, range, from: address, now: now)
            },
            handleEvent: { [weak self] event in
                switch event {
                case .open: break
                case .closed(let error):
                    self?.close()
                    closed("\(error)")
                }
            })
        if let link { driver.attach(link, at: address) }
    }

    func close() {
        guard let link else { return }
        self.link = nil
        driver.detach(address)
        link.close()
    }
}

/// Numbers for the links of one process.
final class LinkNumbers {
    private var last: UInt32 = 0

    func next() -> UInt32 {
        last &+= 1
        return last
    }
}
