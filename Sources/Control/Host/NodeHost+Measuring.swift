import Forwarding
import SRMUDP

// Methods that find out about the network, and about what was logged.
extension NodeHost {
    private static let defaultTimeout: Int64 = 30

    func testSpeed(_ call: ControlCall) throws(ControlError) {
        let parameters = call.parameters
        try parameters.expect(["peer", "seconds", "direction", "timeoutSeconds"])
        let peer = try peer(of: call)
        let seconds = try parameters.optionalInteger("seconds", in: 1...60)
        let timeout =
            try parameters.optionalInteger("timeoutSeconds", in: 1...86_400)
            ?? Self.defaultTimeout
        var plan = SpeedTest.Plan(
            seconds: seconds.map { Int($0) } ?? SpeedTestOptions.defaultSeconds,
            directions: SpeedTest.Direction.allCases)
        if let text = try parameters.optionalString("direction"), text != "both" {
            guard let direction = SpeedTest.Direction(rawValue: text) else {
                throw .invalidParameters("direction: write up, down or both")
            }
            plan.directions = [direction]
        }
        let wanted = plan
        whenUp(peer, seconds: timeout, call) { [weak self] _ in
            self?.testSpeed(with: peer, wanted, call)
        } failed: {
        }
    }

    private func testSpeed(with peer: Peer, _ plan: SpeedTest.Plan, _ call: ControlCall) {
        guard let session = node.sessions(with: peer.publicKey).first else {
            return call.fail(.lost)
        }
        var test: SpeedTest?
        let newTest = SpeedTest(over: session, loop: runner.loop, plan: plan) {
            call.progress($0.members)
        } completion: { [weak self] result in
            switch result {
            case .success(let result): call.answer(result.json)
            case .failure(let error): call.fail(ControlError(error))
            }
            self?.speedTests.removeAll { $0 === test }
            test = nil
            self?.releaseIfUnneeded(peer)
        }
        test = newTest
        speedTests.append(newTest)
        call.client.whenGone { [weak self, weak newTest] in
            guard let self, let newTest, speedTests.contains(where: { $0 === newTest }) else {
                return
            }
            newTest.cancel()
            speedTests.removeAll { $0 === newTest }
            test = nil
            releaseIfUnneeded(peer)
        }
        newTest.start()
    }

    func checkNetwork(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect([])
        let check = NetworkCheck(
            settings: node.options.meeting, listen: nil, context: context, loop: runner.loop,
            logger: nodeLogger)
        do throws(CommandError) {
            try check.begin { result in
                withExtendedLifetime(check) {
                    switch result {
                    case .success(let report): call.answer(report.json)
                    case .failure(let error): call.fail(ControlError(error))
                    }
                }
            }
        } catch {
            throw ControlError(error)
        }
    }

    // MARK: The log

    func setLevel(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["level"])
        let name = try call.parameters.string("level")
        guard let level = Logger.Level.allCases.first(where: { "\($0)" == name }) else {
            throw .invalidParameters(
                "level: write one of "
                    + Logger.Level.allCases.map { "\($0)" }.joined(separator: ", "))
        }
        let former = nodeLogger.threshold.level
        nodeLogger.threshold.level = level
        journal.tell(
            NodeEvent(.node, "level", "logging \(level)", [("level", .string("\(level)"))]))
        call.answer(.object([("former", .string("\(former)"))]))
    }

    func tellRecentLines(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["lines"])
        let count = try call.parameters.optionalInteger("lines", in: 1...10_000) ?? 100
        call.answer(.object([("lines", .array(recentLines.suffix(Int(count))))]))
    }

    // MARK: Another program

    /// There is no answer but an error: the connection ends with the program.
    func handOver(_ call: ControlCall) throws(ControlError) {
        try call.parameters.expect(["program"])
        let program = try call.parameters.optionalString("program")
        if let program, !program.hasPrefix("/") {
            throw .invalidParameters("program: write an absolute path")
        }
        _ = try connection(of: call)
        runner.handOver(node, to: program ?? Handover.ownProgram) { call.fail(ControlError($0)) }
    }
}
