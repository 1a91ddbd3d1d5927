import Forwarding
import SRMUDP

/// The forwards of one command, set up as one.
///
/// This is the one place that knows what kind of forward a specification asks for. `setUp` takes
/// what is taken on this machine, so that a mistake shows before anything else happens; `join`
/// gives the forwards to the session with the peer, which some of them need to be up. Each forward
/// says once what became of it (`listening` or `failed`). One that fails ends the command, unless
/// the user said otherwise (`ExitOnForwardFailure`); then it is left out, as long as one remains.
final class ForwardSet {
    enum State {
        case pending
        case up
        case failed
    }

    struct Member {
        let specification: ForwardSpecification
        /// Nil for one that could not be made, or was cancelled.
        fileprivate(set) var forward: (any Forward)?
        /// What its flows are known by; it stays when the forward is cancelled.
        let origin: ForwardOrigin?
        fileprivate(set) var state: State = .pending
        /// Where it listens; nil while it does not.
        fileprivate(set) var standing: Standing?
    }

    /// A forward, with where it listens if it does so already.
    struct Made {
        let forward: any Forward
        var standing: Standing?
        /// It needs no listener: it begins with the session, and its end ends the command.
        var isUp = false
    }

    /// Where a forward listens: addresses with ports, or a path.
    struct Standing {
        let places: [String]
        /// The port in use; nil for a path.
        let port: UInt16?

        init(_ addresses: [SocketAddress]) {
            places = addresses.map { "\($0)" }
            port = addresses.first?.port
        }

        init(path: String) {
            places = [path]
            port = nil
        }
    }

    /// Called once, when no forward is pending any more and one is up.
    var whenUp: () -> Void = {}
    /// Called with what ends the command, after `setUp`.
    var whenFailed: (CommandError) -> Void = { _ in }
    /// Called when the forward has ended that the command is there for (`-W`).
    var whenDone: () -> Void = {}

    let options: ForwardOptions
    let loop: EventLoop
    /// The name of the forward with this index, which it keeps in other programs of this process.
    let forwardName: (Int) -> String
    private let announce: (Int, ForwardNotice) -> Void
    let logger: Logger
    let report: (ForwardingReport) -> Void
    /// Where listeners come from that another program of this process has opened.
    let inheritance: Inheritance?
    let datagramMemory = DatagramMemory()
    private(set) var members: [Member] = []
    // For what comes in at the peer.
    private(set) lazy var resolver = Resolver(loop: loop)
    private(set) lazy var addressDialer = Dialer(loop: loop, family: options.meeting.family)
    private(set) lazy var datagramDialer = DatagramDialer(
        loop: loop, memory: datagramMemory, limits: options.transport.datagramLimits)
    private(set) lazy var dialer = TargetDialer(
        resolver: resolver, dialer: addressDialer, datagrams: datagramDialer)

    /// - Parameters:
    ///   - inheritance: where listeners, and what went through them, come from if they are there.
    ///   - announce: is told where the forward with this index listens.
    ///   - report: is told what happens with connections that have no session yet.
    init(
        options: ForwardOptions, loop: EventLoop, logger: Logger, inheritance: Inheritance? = nil,
        forwardName: @escaping (Int) -> String, announce: @escaping (Int, ForwardNotice) -> Void,
        report: @escaping (ForwardingReport) -> Void
    ) {
        self.options = options
        self.loop = loop
        self.logger = logger
        self.forwardName = forwardName
        self.announce = announce
        self.report = report
        self.inheritance = inheritance
    }

    /// Whether every forward is up, or was left out.
    var isUp: Bool {
        members.contains { $0.state == .up } && !members.contains { $0.state == .pending }
    }

    /// - Throws: why a forward could not be set up, where that ends the command.
    func setUp() throws(CommandError) {
        var standings: [(index: Int, standing: Standing)] = []
        for (index, specification) in options.forwards.enumerated() {
            do throws(CommandError) {
                let made = try make(specification, index)
                members.append(
                    Member(
                        specification: specification, forward: made.forward,
                        origin: made.forward.origin, state: made.isUp ? .up : .pending))
                if let standing = made.standing { standings.append((index, standing)) }
            } catch {
                try leaveOut(error)
                members.append(
                    Member(specification: specification, forward: nil, origin: nil, state: .failed))
            }
        }
        guard members.contains(where: { $0.state != .failed }) else { throw Self.noneIsLeft }
        // Nothing is told of a set that could not be set up.
        for (index, standing) in standings { listening(index, standing) }
    }

    func join(_ session: Session) {
        for member in members {
            if let forward = member.forward { session.add(forward) }
        }
    }

    /// Takes the forward at `index` out: nothing new enters, its flows go on.
    func cancel(_ index: Int, of session: Session?) {
        guard let forward = members[index].forward else { return }
        // In this order: a listener at the peer is given up over the session.
        forward.close()
        session?.remove(forward)
        members[index].forward = nil
        members[index].state = .failed
        members[index].standing = nil
    }

    /// The index of the forward that listens where `entry` says, as ssh's `-KL` names one; nil if
    /// there is none.
    func index(kind: String, entry: String) -> Int? {
        members.firstIndex { member in
            guard member.forward != nil, member.specification.kind.word == kind else {
                return false
            }
            let places = (member.standing?.places ?? []) + ["\(member.specification.entry)"]
            let port = member.standing?.port.map { "\($0)" }
            return places.contains(entry) || port == entry
        }
    }

    /// Whether no forward is left.
    var isEmpty: Bool { members.allSatisfy { $0.forward == nil } }

    // MARK: What becomes of a forward

    /// The forward at `index` listens.
    func listening(_ index: Int, _ standing: Standing) {
        members[index].standing = standing
        announce(
            index,
            ForwardNotice(
                members[index].specification, places: standing.places, port: standing.port))
        guard members[index].state == .pending else { return }
        members[index].state = .up
        if isUp { whenUp() }
    }

    /// The forward at `index` could not be set up at the peer. One that was up before may come back
    /// with the next session.
    func failed(_ index: Int, _ reason: String) {
        guard members[index].state == .pending else {
            let error = CommandError.failed(members[index].specification, reason)
            return logger.warning("\(error.what): \(error.why)")
        }
        members[index].state = .failed
        do throws(CommandError) {
            try leaveOut(.failed(members[index].specification, reason))
            guard members.contains(where: { $0.state != .failed }) else { throw Self.noneIsLeft }
            if isUp { whenUp() }
        } catch {
            whenFailed(error)
        }
    }

    /// The forward at `index` has ended for good; without any the command has nothing to do.
    func gone(_ index: Int, _ reason: String) {
        let error = CommandError.failed(members[index].specification, reason)
        members[index].state = .failed
        if members.contains(where: { $0.state != .failed }) {
            logger.warning("\(error.what): \(error.why)")
        } else {
            whenFailed(error)
        }
    }

    private func leaveOut(_ error: CommandError) throws(CommandError) {
        guard !options.exitsOnFailure else { throw error }
        logger.warning("\(error.what): \(error.why)")
    }

    private static let noneIsLeft = CommandError(
        "nothing to forward", "none of the forwards could be set up", .forwardFailed)

    // MARK: Kinds

    /// - Parameter index: by which a forward that is up only later tells what became of it.
    private func make(
        _ specification: ForwardSpecification, _ index: Int
    ) throws(CommandError) -> Made {
        switch specification.kind {
        case .local where specification.transport == .udp: return try datagrams(specification)
        case .local: return try local(specification, index)
        case .remote: return try remote(specification, index)
        case .standardStreams: return try standardStreams(specification)
        case .dynamic: return try dynamic(specification, index)
        }
    }

    /// What the flows of the forward with this index are known by.
    func origin(_ index: Int) -> ForwardOrigin {
        inheritance?.origin(forwardName(index)) ?? ForwardOrigin()
    }

    /// Where the listeners go; a bind address that is a name is resolved here.
    func listenAddresses(
        of specification: ForwardSpecification
    ) throws(CommandError) -> [SocketAddress] {
        var addresses = specification.listenAddresses ?? []
        if addresses.isEmpty { addresses = try resolvedAddresses(of: specification) }
        addresses = addresses.filter { options.meeting.family.admits($0.ip) }
        guard !addresses.isEmpty else {
            throw .failed(specification, "it has no address of the family that is used")
        }
        return addresses
    }

    private func resolvedAddresses(
        of specification: ForwardSpecification
    ) throws(CommandError) -> [SocketAddress] {
        guard case .port(.name(let name), let port) = specification.entry else {
            throw CommandError("forward \(specification)", "this entry is no TCP port", .usage)
        }
        var answer: Resolver.Result?
        _ = resolver.resolve(name) { answer = $0 }
        do throws(SystemError) {
            while answer == nil { try loop.runTurn() }
        } catch {
            throw CommandError("event loop", "\(error)", .localError)
        }
        guard case .addresses(let addresses) = answer else {
            throw .failed(specification, "the bind address '\(name)' has no address")
        }
        return addresses.map { SocketAddress($0, port: port) }
    }
}

extension CommandError {
    /// A forward that could not be set up, in ssh's words as far as it has some.
    static func failed(
        _ specification: ForwardSpecification, _ reason: String
    ) -> CommandError {
        let what =
            switch specification.kind {
            case .local, .dynamic: "cannot listen for \(specification)"
            case .remote: "remote port forwarding failed for listen port \(specification.entry)"
            case .standardStreams: "stdio forwarding failed"
            }
        return CommandError(what, reason, .forwardFailed)
    }
}
