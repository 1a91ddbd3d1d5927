import Forwarding
import SRMUDP

// Forwards whose clients name their own destinations: -D, and -R with a port alone.
extension ForwardSet {
    func dynamic(
        _ specification: ForwardSpecification, _ index: Int
    ) throws(CommandError) -> Made {
        let users = try options.proxyUsersFile.map(ProxyUsersFile.read)
        let place = try listeningPlace(of: specification)
        let isOpen = users == nil && DynamicForward.isExposed(place)
        guard !isOpen || options.opensProxy else {
            throw CommandError(
                "cannot listen for \(specification)",
                "other machines could use the proxy without a password",
                hint: "--proxy-auth FILE asks for passwords, --open-proxy admits everybody",
                .refused)
        }
        do throws(SystemError) {
            let forward = try DynamicForward(
                loop: loop, listening: place, users: users,
                hold: .seconds(options.transport.hold.seconds), random: SystemRandomSource(),
                logger: logger, inherited: inheritance?.listeners, report: report,
                associations: UDPAssociations(
                    loop: loop, memory: datagramMemory, limits: options.transport.datagramLimits,
                    logger: logger, origin: origin(index)))
            let standing =
                forward.addresses.isEmpty
                ? Standing(path: "\(specification.entry)") : Standing(forward.addresses)
            return Made(forward: forward, standing: standing)
        } catch {
            throw .failed(specification, "\(error)")
        }
    }

    /// Where the peer's clients may go on this side (`PermitRemoteOpen`). Without a word on it, that
    /// is everywhere but the ranges which have to be named.
    func remoteDestination(
        of specification: ForwardSpecification
    ) throws(CommandError) -> RemoteForward.Destination {
        if let target = specification.target { return .target(target) }
        let users = try options.proxyUsersFile.map(ProxyUsersFile.read)
        guard users.map({ $0.count <= ListenRequest.userLimit }) ?? true else {
            throw CommandError(
                "forward \(specification)",
                "a proxy at the peer takes at most \(ListenRequest.userLimit) users", .usage)
        }
        return .dynamic(
            PolicyConnector(
                policy: options.remoteOpenPolicy ?? .anywhere, resolver: resolver,
                dialer: addressDialer, datagrams: datagramDialer),
            users: users)
    }
}
