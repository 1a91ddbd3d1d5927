import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct SessionListTests {
    private let loop: EventLoop
    private let endpoint: Endpoint

    init() throws {
        loop = try EventLoop()
        endpoint = Endpoint(
            configuration: ConnectionConfiguration(), identity: Sample.keyPair(1),
            random: SeededRandomSource(seed: 1), logger: .silent, now: loop.now
        ) { _, _ in nil }
    }

    private final class NoConnector: TargetConnector {
        func connect(
            to request: OpenRequest, completion: @escaping (ConnectOutcome) -> Void
        ) -> any ConnectAttempt {
            preconditionFailure("nobody asks")
        }
    }

    /// `#expect` looks at values that do not change.
    private final class Box {
        private var list: SessionList

        init(_ sessions: [Session]) {
            list = SessionList()
            for session in sessions { list.append(session) }
        }

        var all: [Session] { list.all }
        func with(_ key: UInt64) -> [Session] { list.with(Sample.keyPair(key).publicKey) }
        func using(_ connection: Connection) -> Session? { list.using(connection) }
        func removeEnded() -> Bool { list.removeEnded() }
    }

    private func connection(with key: UInt64) -> Connection {
        let target = PeerTarget(
            publicKey: Sample.keyPair(key).publicKey, preSharedKey: Sample.secret(), addresses: [])
        return endpoint.dial(to: target, now: loop.now)
    }

    private func session(_ key: UInt64) -> Session {
        let peer = Peer(
            name: "peer\(key)", publicKey: Sample.keyPair(key).publicKey,
            preSharedKey: Sample.secret(), added: Sample.now)
        return Session(
            peer: peer, loop: loop, connector: NoConnector(),
            account: PeerAccount(name: peer.name, grants: PeerGrants()), tally: SessionTally(),
            dial: { _ in self.connection(with: key) }, report: { _, _ in })
    }

    @Test("sessions are found by peer and by the connection in use, also after it became another")
    func found() {
        let sessions = [session(2), session(3), session(2)]
        let list = Box(sessions)
        let connections = [connection(with: 2), connection(with: 3), connection(with: 2)]
        for (session, connection) in zip(sessions, connections) { session.accepted(connection) }

        #expect(list.all.map(\.peer.name) == ["peer2", "peer3", "peer2"])
        #expect(list.with(2).count == 2)
        #expect(list.with(4).isEmpty)
        for (session, connection) in zip(sessions, connections) {
            #expect(list.using(connection) === session)
            #expect(list.using(connection) === session)
        }
        let next = connection(with: 2)
        sessions[2].accepted(next)
        #expect(list.using(connections[2]) == nil)
        #expect(list.using(next) === sessions[2])
    }

    @Test("those that have ended go, and are found no more")
    func ended() {
        let (ending, staying) = (session(2), session(2))
        let list = Box([ending, staying])
        let connection = connection(with: 2)
        ending.accepted(connection)
        #expect(list.using(connection) === ending)
        #expect(!list.removeEnded())

        ending.end(code: .none, reason: "")

        #expect(list.removeEnded())
        #expect(list.using(connection) == nil)
        #expect(list.all.count == 1 && list.with(2).first === staying)
    }
}
