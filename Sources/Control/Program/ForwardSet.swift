import Forwarding
import SRMUDP

/// The forwards of one command, set up as one: all of them or none.
///
/// This is the one place that knows what kind of forward a specification asks for. `setUp` takes
/// what is taken on this machine, so that a mistake shows before anything else happens; `join`
/// gives the forwards to the session with the peer.
final class ForwardSet {
    private let options: ForwardOptions
    private let loop: EventLoop
    private let announcement: ForwardAnnouncement
    private let logger: Logger
    private let report: (ForwardingReport) -> Void
    private var forwards: [LocalForward] = []

    /// - Parameter report: is told what happens with connections that have no session yet.
    init(
        options: ForwardOptions, loop: EventLoop, logger: Logger,
        report: @escaping (ForwardingReport) -> Void
    ) {
        self.options = options
        self.loop = loop
        self.logger = logger
        self.report = report
        announcement = ForwardAnnouncement(
            json: options.json, printsPorts: options.printsPorts, logger: logger)
    }

    func setUp() throws(CommandError) {
        for specification in options.forwards {
            forwards.append(try make(specification))
        }
        for (specification, forward) in zip(options.forwards, forwards) {
            announcement.listening(
                forward.addresses, target: "\(forward.target)",
                requested: specification.entry.port ?? 0)
        }
    }

    func join(_ session: Session) {
        for forward in forwards { session.add(forward) }
    }

    private func make(
        _ specification: ForwardSpecification
    ) throws(CommandError) -> LocalForward {
        switch specification.kind {
        case .local: return try local(specification)
        case .remote, .dynamic, .standardStreams:
            preconditionFailure("the command line refuses what is not offered")
        }
    }

    private func local(
        _ specification: ForwardSpecification
    ) throws(CommandError) -> LocalForward {
        guard let target = specification.openRequest else {
            throw CommandError(
                "forward \(specification)", "the destination cannot be asked for", .usage)
        }
        let addresses = try listenAddresses(of: specification)
        do throws(SystemError) {
            return try LocalForward(
                loop: loop, listening: addresses, target: target,
                hold: .seconds(options.transport.hold.seconds), logger: logger, report: report)
        } catch {
            throw CommandError("cannot listen for \(specification)", "\(error)", .forwardFailed)
        }
    }

    /// Where the listeners go; a bind address that is a name is resolved here.
    private func listenAddresses(
        of specification: ForwardSpecification
    ) throws(CommandError) -> [SocketAddress] {
        if let addresses = specification.listenAddresses { return addresses }
        guard case .port(.name(let name), let port) = specification.entry else {
            throw CommandError("forward \(specification)", "this entry is no TCP port", .usage)
        }
        let resolver = Resolver(loop: loop)
        var answer: Resolver.Result?
        _ = resolver.resolve(name) { answer = $0 }
        do throws(SystemError) {
            while answer == nil { try loop.runTurn() }
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        guard case .addresses(let addresses) = answer else {
            throw CommandError(
                "forward \(specification)", "the bind address '\(name)' has no address",
                .forwardFailed)
        }
        return addresses.map { SocketAddress($0, port: port) }
    }
}

extension ForwardSpecification.Entry {
    /// The port to listen on; nil for what has none.
    fileprivate var port: UInt16? {
        switch self {
        case .port(_, let port): port
        case .path, .standardStreams: nil
        }
    }
}
