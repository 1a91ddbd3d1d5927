import SRMUDP

/// Examines the network from a socket of its own, which no NAT knows yet: what it sees of a NAT that
/// counts is where the count stands now.
final class FreshProbe {
    private let loop: EventLoop
    private var driver: EndpointDriver?
    private var probes: ProbeClient?

    init(loop: EventLoop) { self.loop = loop }

    /// - Parameter completion: gets the report, in a later turn; nil if there can be none.
    func examine(
        server: SocketAddress, services: MeetingServices,
        completion: @escaping (NetworkReport?) -> Void
    ) {
        do throws(SystemError) {
            let any: IPAddress = server.ip.isIPv4 ? .anyIPv4 : .anyIPv6
            let driver = try EndpointDriver(
                endpoint: Endpoint(
                    configuration: ConnectionConfiguration(),
                    identity: .generate(from: services.random), random: services.random,
                    logger: services.logger, now: loop.now, authorize: { _, _ in nil }),
                socket: UDPSocket(bindingTo: SocketAddress(any, port: 0)), loop: loop
            ) { _ in }
            self.driver = driver
            let probes = ProbeClient(driver: driver, loop: loop, random: services.random)
            self.probes = probes
            var options = NetworkProbe.Options(
                server: server, localPort: driver.localAddress.port)
            options.localAddresses = LocalAddresses.list()
            _ = probes.examine(options) { [weak self] report in
                guard let self else { return }
                // The driver's own turn goes on; it must not be gone before it ends.
                self.loop.schedule(after: .zero) { [weak self] in self?.stop() }
                completion(report)
            }
        } catch {
            services.logger.debug("no socket to look at the NAT with: \(error)")
            completion(nil)
        }
    }

    func stop() {
        probes?.stop()
        driver?.stop()
        probes = nil
        driver = nil
    }
}
