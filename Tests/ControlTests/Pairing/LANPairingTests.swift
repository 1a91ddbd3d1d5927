import Foundation
import SRMUDP
import Testing

@testable import Control

/// Two sides that meet by multicast, on this machine and in two network namespaces on one bridge.
@Suite(.serialized) struct LANPairingTests {
    /// Others on this machine may pair at the same time.
    private let nameplate = UInt32(truncatingIfNeeded: SystemRandomSource().next()) | 1

    @Test("two programs of one machine meet")
    func loopback() throws {
        let issuer = try LANNode(issuing: nameplate)
        let joiner = try LANNode(joining: nameplate)

        try LANNode.run([issuer, joiner])

        let key = try #require(issuer.peer?.preSharedKey)
        #expect(key == joiner.peer?.preSharedKey)
    }

    @Test("a wrong code ends both sides")
    func wrongCode() throws {
        let issuer = try LANNode(issuing: nameplate)
        let joiner = try LANNode(joining: nameplate, guess: true)

        try LANNode.run([issuer, joiner])

        #expect(issuer.failure == .wrongCode && joiner.failure == .wrongCode)
    }

    @Test("with several codes on one network each side finds its own")
    func crowd() throws {
        let numbers = (0..<4).map { nameplate &+ 2 * $0 }
        let issuers = try numbers.map { try LANNode(issuing: $0) }
        let joiners = try numbers.reversed().map { try LANNode(joining: $0) }

        try LANNode.run(issuers + joiners)

        for (issuer, joiner) in zip(issuers, joiners.reversed()) {
            let key = try #require(issuer.peer?.preSharedKey)
            #expect(key == joiner.peer?.preSharedKey)
        }
    }

    @Test(
        "two machines on one bridge meet without any server",
        arguments: LANNamespaces.Family.allCases)
    func namespaces(family: LANNamespaces.Family) throws {
        guard let namespaces = LANNamespaces(family: family) else {
            print("skipped: network namespaces need root and ip(8)")
            return
        }
        defer { namespaces.remove() }
        let issuer = try namespaces.inside(0) { try LANNode(issuing: nameplate) }
        let joiner = try namespaces.inside(1) { try LANNode(joining: nameplate) }

        // Sockets stay in the namespace that they were made in, but interfaces are listed in that
        // of the thread.
        try namespaces.inside(1) { try LANNode.run([issuer, joiner]) }

        let key = try #require(issuer.peer?.preSharedKey)
        #expect(key == joiner.peer?.preSharedKey)
    }
}
