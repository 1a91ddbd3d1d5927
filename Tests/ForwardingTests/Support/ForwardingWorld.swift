import Forwarding
import SRMUDP
import Testing

/// A client's side and a serving side, joined by a `CarrierPair`, with real sockets on loopback.
///
/// Time passes in turns: each lets the loop run once and delivers the stream events of both sides.
final class ForwardingWorld {
    let loop: EventLoop
    let pair: CarrierPair
    private(set) var client: ForwardingSession
    let server: ForwardingSession
    /// How many events each side gets in a turn. Time stands still until it ends.
    var eventsPerTurn = 10_000
    let clientReports = ReportLog()
    let serverReports = ReportLog()
    let clientTally = FlowTally()
    let serverTally = FlowTally()

    init(
        window: Int = 256 * 1024, limits: ForwardingLimits = ForwardingLimits(),
        clientConnector: any TargetConnector = RefusingConnector(),
        connector: (EventLoop) throws -> any TargetConnector,
        account: () -> PeerAccount? = { nil }
    ) throws {
        loop = try EventLoop()
        pair = CarrierPair(window: window)
        let logs = [clientReports, serverReports]
        client = ForwardingSession(
            loop: loop, carrier: pair.sides[0], connector: clientConnector, limits: limits,
            tally: clientTally, report: { logs[0].reports.append($0) })
        let connector = try connector(loop)
        server = ForwardingSession(
            loop: loop, carrier: pair.sides[1], connector: connector, limits: limits,
            account: account(), tally: serverTally, report: { logs[1].reports.append($0) })
    }

    /// Gives the client's side a new session over the same carrier.
    func replaceClientSession() -> ForwardingSession {
        let log = clientReports
        client = ForwardingSession(
            loop: loop, carrier: pair.sides[0], connector: RefusingConnector(),
            report: { log.reports.append($0) })
        return client
    }

    /// Runs until `condition` holds; a world that has not come there after `turns` fails the test.
    func run(
        turns: Int = 20_000, _ comment: Comment? = nil,
        sourceLocation: SourceLocation = #_sourceLocation, until condition: () -> Bool
    ) throws {
        for _ in 0..<turns {
            if condition() { return }
            try turn()
        }
        Issue.record(comment ?? "nothing came of it", sourceLocation: sourceLocation)
    }

    /// Runs until `measure` has not changed for a while.
    func settle(_ measure: () -> Int) throws {
        var last = measure()
        var quietTurns = 0
        while quietTurns < 100 {
            try turn()
            quietTurns = measure() == last ? quietTurns + 1 : 0
            last = measure()
        }
    }

    private func turn() throws {
        try loop.runTurn(waitingAtMost: .milliseconds(1))
        deliver()
    }

    private func deliver() {
        // Each turn handles what was there at its beginning and what comes of it, boundedly.
        for _ in 0..<eventsPerTurn {
            let clientEvent = pair.nextEvent(0)
            if let clientEvent { client.handle(clientEvent) }
            let serverEvent = pair.nextEvent(1)
            if let serverEvent { server.handle(serverEvent) }
            let clientDatagram = pair.nextDatagram(0)
            if let clientDatagram { client.handleDatagram(clientDatagram) }
            let serverDatagram = pair.nextDatagram(1)
            if let serverDatagram { server.handleDatagram(serverDatagram) }
            if clientEvent == nil, serverEvent == nil, clientDatagram == nil,
                serverDatagram == nil
            {
                return
            }
        }
    }
}

final class ReportLog {
    var reports: [ForwardingReport] = []

    /// The replies of all refusals, in order.
    var refusals: [OpenReply] {
        reports.compactMap { report in
            switch report {
            case .flowRefused(_, let reply), .servedRefused(_, let reply): reply
            case .flowOpened, .servedOpened, .flowClosed, .servedClosed, .connectionsDropped,
                .clientDisplaced:
                nil
            }
        }
    }

    var closedFlows: Int {
        reports.count { report in
            if case .flowClosed = report { true } else { false }
        }
    }
}

/// Refuses everything at once.
final class RefusingConnector: TargetConnector {
    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        completion(.refused(OpenReply(.notPermitted)))
        return HeldAttempt(request: request, completion: completion)
    }
}

/// Leaves every attempt open until the test decides it.
final class HoldingConnector: TargetConnector {
    private(set) var attempts: [HeldAttempt] = []

    func connect(
        to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
    ) -> any ConnectAttempt {
        let attempt = HeldAttempt(request: request, completion: completion)
        attempts.append(attempt)
        return attempt
    }
}

final class HeldAttempt: ConnectAttempt {
    let request: OpenRequest
    private(set) var isCancelled = false
    private let completion: (ConnectOutcome) -> Void

    init(request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void) {
        self.request = request
        self.completion = completion
    }

    func decide(_ outcome: ConnectOutcome) {
        if !isCancelled { completion(outcome) }
    }

    func cancel() { isCancelled = true }
}
