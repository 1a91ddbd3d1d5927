import SRMUDP

@testable import Control

/// A side of the exchange with a loop and sockets of its own, in the network namespace of the
/// thread that makes it.
final class LANNode {
    let loop: EventLoop
    private(set) var peer: PairedPeer?
    private(set) var failure: PairingFailure?
    private var issuer: PairingIssuer?
    private var joiner: PairingJoiner?
    private var lan: LANPairing?

    init(issuing nameplate: UInt32) throws {
        loop = try EventLoop()
        issuer = PairingIssuer(
            secret: PairingWorld.secret(1), profile: try PairingWorld.profile("anna", key: 1),
            configuration: PairingIssuer.Configuration(), random: SystemRandomSource(),
            now: loop.now)
        lan = try LANPairing.issuer(nameplate: nameplate, loop: loop) { [unowned self] in
            handle($0, $1)
        }
    }

    init(joining nameplate: UInt32, guess: Bool = false) throws {
        loop = try EventLoop()
        let joiner = PairingJoiner(
            secret: PairingWorld.secret(guess ? 2 : 1),
            profile: try PairingWorld.profile("bo", key: 2), random: SystemRandomSource(),
            now: loop.now)
        self.joiner = joiner
        lan = try LANPairing.joiner(
            nameplate: nameplate, firstMessage: joiner.firstMessage, random: SystemRandomSource(),
            loop: loop
        ) { [unowned self] in handle($0, $1) }
    }

    /// Lets both sides run until each has an end, for at most some seconds.
    static func run(_ nodes: [LANNode]) throws {
        for _ in 0..<600 where nodes.contains(where: { $0.peer == nil && $0.failure == nil }) {
            for node in nodes { try node.loop.runTurn(waitingAtMost: .milliseconds(5)) }
        }
        for node in nodes { node.lan?.stop() }
    }

    private func handle(_ message: [UInt8], _ route: PairingRoute) {
        var actions = issuer?.receive(message, from: route, now: loop.now) ?? []
        actions += joiner?.receive(message, from: route, now: loop.now) ?? []
        for action in actions {
            switch action {
            case .send(let message, .local(let address)): lan?.send(message, to: address)
            case .send: break
            case .completed(let peer): self.peer = peer
            case .failed(let failure): self.failure = failure
            }
        }
    }
}
