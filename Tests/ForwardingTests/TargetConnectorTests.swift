import SRMUDP
import Testing

@testable import Forwarding

@Suite struct TargetConnectorTests {
    private final class Fixture {
        let loop: EventLoop
        let connector: PolicyConnector
        private(set) var outcomes: [ConnectOutcome] = []
        private var attempts: [any ConnectAttempt] = []

        init(_ policy: AccessPolicy) throws {
            loop = try EventLoop()
            connector = PolicyConnector(
                policy: policy, resolver: Resolver(loop: loop), dialer: Dialer(loop: loop))
        }

        @discardableResult
        func connect(_ host: String, _ port: UInt16) throws -> any ConnectAttempt {
            let request = try #require(OpenRequest(host: host, port: port))
            let attempt = connector.connect(to: request) { self.outcomes.append($0) }
            attempts.append(attempt)
            return attempt
        }

        func run(until condition: () -> Bool) throws {
            for _ in 0..<20_000 {
                if condition() { return }
                try loop.runTurn(waitingAtMost: .milliseconds(1))
            }
            Issue.record("nothing came of it")
        }

        /// The reply of the first outcome, if it was a refusal.
        var refusal: OpenReply? {
            switch outcomes.first {
            case .refused(let reply): reply
            case .connected, .taken, nil: nil
            }
        }

        /// A port of 127.0.0.1 at which nobody listens.
        func unusedPort() throws -> UInt16 {
            let listener = try TCPListener(
                loop: loop, address: SocketAddress(.loopbackIPv4, port: 0)
            ) { _ in }
            defer { listener.close() }
            return listener.address.port
        }
    }

    private func policy(_ host: AccessPolicy.Rule.Host) -> AccessPolicy {
        AccessPolicy(rules: [AccessPolicy.Rule(host: host, ports: 1...65535)])
    }

    @Test(
        "a permitted name is resolved, checked and dialled", arguments: ["localhost", "127.0.0.1"])
    func connected(host: String) throws {
        let fixture = try Fixture(policy(.localhost))
        var accepted: [TCPSocket] = []
        let listener = try TCPListener(
            loop: fixture.loop, address: SocketAddress(.loopbackIPv4, port: 0)
        ) { accepted.append($0) }
        defer { listener.close() }

        try fixture.connect(host, listener.address.port)
        try fixture.run { fixture.outcomes.count == 1 && accepted.count == 1 }

        guard case .connected(let socket) = fixture.outcomes[0] else {
            Issue.record("not connected")
            return
        }
        #expect(socket.peerAddress == listener.address)
    }

    @Test(
        "what the policy does not permit is not dialled, and a hopeless name not even looked up",
        arguments: ["127.0.0.1", "::1", "::ffff:127.0.0.1", "localhost", "no-such-name.invalid"])
    func notPermitted(host: String) throws {
        let permitted = try #require(IPPrefix("10.0.0.0/8"))
        let addresses = try Fixture(policy(.addresses(permitted)))
        if host != "no-such-name.invalid" {
            try addresses.connect(host, 80)
            #expect(addresses.refusal?.status == .notPermitted)
        }

        let nothing = try Fixture(.nothing)
        try nothing.connect(host, 80)
        #expect(nothing.refusal?.status == .notPermitted)
    }

    @Test("a port at which nobody listens is refused")
    func refused() throws {
        let fixture = try Fixture(policy(.localhost))

        try fixture.connect("127.0.0.1", try fixture.unusedPort())
        try fixture.run { !fixture.outcomes.isEmpty }

        #expect(fixture.refusal?.status == .refused)
    }

    @Test("a name that does not exist is not found, and the reply says how we know")
    func unknownName() throws {
        let fixture = try Fixture(policy(.any))

        try fixture.connect("a..b", 80)
        try fixture.run { !fixture.outcomes.isEmpty }

        #expect(fixture.refusal?.status == .nameNotFound)
        #expect(fixture.refusal?.detail.isEmpty == false)
    }

    @Test("a cancelled attempt is never heard of again")
    func cancelled() throws {
        let fixture = try Fixture(policy(.localhost))
        try fixture.connect("127.0.0.1", try fixture.unusedPort()).cancel()

        for _ in 0..<20 { try fixture.loop.runTurn(waitingAtMost: .milliseconds(1)) }

        #expect(fixture.outcomes.isEmpty)
    }

    @Test(
        "each error of a connect has its status",
        arguments: [
            (ErrorNumber.connectionRefused, OpenReply.Status.refused),
            (ErrorNumber.timedOut, .timedOut), (ErrorNumber.hostUnreachable, .hostUnreachable),
            (ErrorNumber.networkUnreachable, .networkUnreachable),
            (ErrorNumber.processFileLimit, .generalFailure),
        ])
    func statuses(code: Int32, status: OpenReply.Status) {
        #expect(OpenReply(SystemError("connect", code: code)).status == status)
    }
}
