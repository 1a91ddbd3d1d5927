import Forwarding
import SRMUDP

/// A group of forwards in a running node, with whoever it belongs to.
///
/// It ends with the connection of the client that asked for it, unless it is kept. What happens to
/// it is told to that client as notifications, with the same words that a command would print which
/// carries its forwards itself.
final class HostedGroup {
    /// `g1`.
    let name: String
    /// Tells it from the group of the same name at another node: letters and digits, random.
    let claim: String
    let isKept: Bool
    /// Whether it stands in the configuration file, which says how long it stays.
    let isFromFile: Bool
    /// Of the forwards, as they stand in their names; those that were cancelled before another
    /// program of the process went on are missing.
    private let numbers: [Int]?
    private(set) var group: ForwardGroup?
    /// Who is told; nil where nobody is.
    weak var owner: ControlConnection?
    /// The request that is answered once all forwards are up.
    private var call: ControlCall?
    private let journal: EventJournal
    private let clock: () -> UnixTime
    /// Passes on what loggers were given so far, so that it is told before the end is.
    private let flushLog: () -> Void
    private let ended: (HostedGroup) -> Void

    /// What it is called, and how long it stays.
    struct Identity {
        var name: String
        /// As `HostedGroup.claim`.
        var claim: String
        var isKept = false
        var isFromFile = false
        var numbers: [Int]?
    }

    /// How often flows are looked at that are to end.
    private static let drainInterval: Interval = .milliseconds(50)

    /// - Parameters:
    ///   - numbers: of the forwards; nil: from 1 on.
    ///   - call: is answered when the group is up, or when it failed.
    ///   - ended: called once when the group has ended by itself.
    init(
        _ identity: Identity, follower: ControlConnection?, call: ControlCall?,
        journal: EventJournal, clock: @escaping () -> UnixTime,
        flushLog: @escaping () -> Void, ended: @escaping (HostedGroup) -> Void
    ) {
        name = identity.name
        claim = identity.claim
        isKept = identity.isKept
        isFromFile = identity.isFromFile
        numbers = identity.numbers
        owner = follower
        self.call = call
        self.journal = journal
        self.clock = clock
        self.flushLog = flushLog
        self.ended = ended
    }

    /// - Throws: why a forward could not be set up on this machine.
    func setUp(
        _ options: ForwardOptions, to peer: Peer, through vias: [Peer], loop: EventLoop,
        logger: Logger, inheritance: Inheritance?
    ) throws(CommandError) {
        group = try ForwardGroup(
            options: options, to: peer, through: vias, loop: loop, logger: logger,
            inheritance: inheritance, forwardName: { [unowned self] in forwardName($0) },
            announce: { [weak self] in self?.announce($0, $1) }
        ) { [weak self] in self?.changed($0) }
    }

    var peer: Peer? { group?.peer }

    /// What is told of it in lists and answers.
    var report: StatusReport.Group? {
        group.map { StatusReport.Group($0, name: name, isKept: isKept) }
    }

    var json: JSONValue {
        guard case .object(let members)? = report?.json else { return .null }
        return .object(members + [("claim", .string(claim))])
    }

    /// The index of the forward with this name, `g1.2`; nil if it is none of this group's.
    func index(of forward: String) -> Int? {
        group?.forwards.members.indices.first {
            forwardName($0) == forward && group?.forwards.members[$0].forward != nil
        }
    }

    /// The index of the forward that listens where `entry` says, as ssh's `-KL` names one.
    func index(kind: String, entry: String) -> Int? {
        group?.forwards.index(kind: kind, entry: entry)
    }

    /// Of the forwards that are there.
    var indices: [Int] {
        group?.forwards.members.indices.filter { group?.forwards.members[$0].forward != nil } ?? []
    }

    /// The name of the forward with this origin; nil if it is none of this group's.
    func forwardName(of origin: ForwardOrigin) -> String? {
        group?.namedOrigins.first { $0.origin === origin }?.name
    }

    func forwardName(_ index: Int) -> String { "\(name).\(number(index))" }

    private func number(_ index: Int) -> Int {
        guard let numbers, numbers.indices.contains(index) else { return index + 1 }
        return numbers[index]
    }

    /// What a client would ask for to have the same forwards, those that were cancelled among them;
    /// nil for what no client can ask for.
    var request: ForwardRequest? { group.flatMap { ForwardRequest(hosted: $0.options) } }

    /// Takes forwards out; the group ends with the last one. Flows are left alone.
    func cancel(_ indices: [Int]) {
        for index in indices { group?.cancel(index) }
    }

    /// Calls `completion` once the flows of these forwards have ended, and resets those that live at
    /// `deadline`.
    func endFlows(
        of indices: [Int], deadline: Instant, loop: EventLoop, completion: @escaping () -> Void
    ) {
        let origins = indices.compactMap { group?.forwards.members[$0].origin }
        HostedGroup.endFlows(
            of: origins, in: group?.session, deadline: deadline, loop: loop, completion: completion)
    }

    private static func endFlows(
        of origins: [ForwardOrigin], in session: Session?, deadline: Instant, loop: EventLoop,
        completion: @escaping () -> Void
    ) {
        guard let forwarding = session?.forwarding, origins.contains(where: { $0.openFlows > 0 })
        else { return completion() }
        guard loop.now < deadline else {
            for origin in origins { forwarding.end(flowsOf: origin) }
            return completion()
        }
        loop.schedule(after: drainInterval) { [weak session] in
            endFlows(
                of: origins, in: session, deadline: deadline, loop: loop, completion: completion)
        }
    }

    /// Ends the group without telling its owner.
    func end() { group?.end() }

    /// What another program needs to have the same group.
    func state() throws(HandoverObstacle) -> JSONValue {
        guard call == nil else { throw HandoverObstacle("\(name) is not set up yet") }
        let indices = indices
        // As it was asked for: so its listeners are found among those that were left.
        guard let request = request?.keeping(indices) else {
            throw HandoverObstacle("\(name) has settings that cannot go on")
        }
        return .object([
            ("group", .string(name)), ("claim", .string(claim)),
            ("isKept", .bool(isKept)), ("isFromFile", .bool(isFromFile)),
            ("numbers", .array(indices.map { .number(Int64(number($0))) })),
            ("request", request.parameters),
        ])
    }

    // MARK: What happens

    private func changed(_ change: ForwardGroup.Change) {
        flushLog()
        switch change {
        case .up: answer()
        case .ended(let error):
            let reason = error.map { "\($0.what): \($0.why)" }
            var members: [JSONValue.Member] = [
                ("peer", .string(group?.peer.name ?? "")), ("group", .string(name)),
            ]
            if let error { members.append(("error", ControlError(error).json)) }
            let event = NodeEvent(.forward, "ended", reason ?? "\(name) has ended", members)
            if let call {
                self.call = nil
                call.fail(
                    ControlError(error ?? CommandError("forward", "it was cancelled", .failure)))
            } else {
                tellOwner(event)
            }
            journal.tell(event)
            ended(self)
        }
    }

    private func answer() {
        guard let call else { return }
        self.call = nil
        call.answer(json)
    }

    private func announce(_ index: Int, _ notice: ForwardNotice) {
        let event = NodeEvent(
            .forward, "listening", notice.lines.joined(separator: "\n"),
            [
                ("peer", .string(group?.peer.name ?? "")), ("group", .string(name)),
                (
                    "forward",
                    .object(
                        [("forward", .string(forwardName(index)))]
                            + notice.members(placesNamed: "places"))
                ),
            ])
        tellOwner(event)
        journal.tell(event)
    }

    func tellOwner(_ event: NodeEvent) {
        owner?.notify("event", event.json(at: clock()))
    }

    /// A line of the group's for people.
    func tell(_ line: LogQueue.Line) {
        tellOwner(
            NodeEvent(
                .log, "line", line.text,
                [("level", .string("\(line.level)")), ("group", .string(name))]))
    }
}
