import Forwarding
import SRMUDP

/// The WebSockets of a rendezvous server, for clients whose UDP is blocked: each one is a link of
/// the server's driver.
final class ServerWebSockets {
    private let driver: EndpointDriver
    private var server: WebSocketDatagramServer?
    /// Where the WebSocket of each link comes from.
    private var sources: [LinkAddress: IPAddress] = [:]

    /// - Throws: what is wrong with the certificate, or why the address is not to be had.
    init(
        at address: SocketAddress, tls: RendezvousOptions.TLSFiles?, service: RendezvousService,
        loop: EventLoop, random: any RandomSource, logger: Logger
    ) throws(CommandError) {
        driver = service.driver
        let security = try tls.map(Self.security)
        do throws(SystemError) {
            server = try WebSocketDatagramServer(
                loop: loop, address: address, security: security, random: random, logger: logger,
                receive: { [driver] storage, range, link, now in
                    driver.receive(&storage, range, from: link, now: now)
                },
                handleEvent: { [unowned self] event in handle(event) })
        } catch {
            throw CommandError("--websocket \(address)", "\(error)", .localError)
        }
        service.networkOfLink = { [unowned self] link in sources[link] }
    }

    var address: SocketAddress? { server?.address }

    func stop() { server?.close() }

    private static func security(
        _ files: RendezvousOptions.TLSFiles
    ) throws(CommandError) -> TLSContext {
        do throws(TLSError) {
            return try .server(certificateFile: files.certificate, keyFile: files.key)
        } catch {
            throw CommandError("--tls-cert", "\(error)", .usage)
        }
    }

    private func handle(_ event: WebSocketDatagramServer.Event) {
        switch event {
        case .opened(let address, let link):
            sources[address] = link.peerAddress.ip
            driver.attach(link, at: address)
        case .closed(let address, _):
            driver.detach(address)
            sources[address] = nil
        }
    }
}
