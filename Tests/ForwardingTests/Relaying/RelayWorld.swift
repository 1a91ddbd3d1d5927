import SRMUDP
import TestSupport

@testable import Forwarding

/// Three nodes in a row, each of whose networks keeps what it is given.
final class RelayWorld: RelayDirectory {
    let loop: EventLoop
    /// Between the asker (0) and the one in the middle (1), and between that one (0) and the target.
    let pairs = [CarrierPair(), CarrierPair()]
    let askerNetwork = RecordingCarrier()
    let targetNetwork = RecordingCarrier()
    let askerLinks: RelayedLinks
    let targetLinks: RelayedLinks
    let askerKey: PublicKey
    let targetKey: PublicKey
    /// Each pair's two sessions.
    private(set) var sessions: [[ForwardingSession]] = []
    private(set) var middleLinks: RelayedLinks
    private(set) var changes: [String] = []
    private(set) var endedAddresses: [LinkAddress] = []
    var isPermitted = true
    var isReachable = true
    private let middleNetwork = RecordingCarrier()

    init() throws {
        loop = try EventLoop()
        let keys = (0..<3).compactMap { PublicKey([UInt8](repeating: $0 + 1, count: 32)) }
        askerKey = keys[0]
        targetKey = keys[2]
        askerLinks = RelayedLinks(network: askerNetwork)
        targetLinks = RelayedLinks(network: targetNetwork)
        middleLinks = RelayedLinks(network: middleNetwork)
        let nothing = RefusingConnector()
        let middle = RelayConnector(
            for: keys[0], links: middleLinks, directory: self, next: nothing)
        let target = RelayConnector(
            for: keys[1], links: targetLinks, directory: self, next: nothing)
        sessions = [
            [session(0, 0, nothing), session(0, 1, middle)],
            [session(1, 0, nothing), session(1, 1, target)],
        ]
        targetLinks.whenEnded = { [unowned self] in endedAddresses.append($0) }
    }

    /// A route of the asker's to the target.
    func makeRoute() -> RelayedRoute {
        let route = RelayedRoute(to: targetKey, loop: loop, links: askerLinks) {
            [unowned self] in
            switch $0 {
            case .up: changes.append("up")
            case .down: changes.append("down")
            case .refused(let reply): changes.append("\(reply.status)")
            }
        }
        route.attach(sessions[0][0])
        return route
    }

    func permitsRelaying(from asker: PublicKey, to target: PublicKey) -> Bool { isPermitted }

    func reach(_ target: PublicKey, _ completion: @escaping (ForwardingSession?) -> Void) {
        completion(isReachable ? sessions[1][0] : nil)
    }

    /// Delivers what there is to deliver.
    func deliver() {
        var isBusy = true
        while isBusy {
            isBusy = false
            for (pair, sessions) in zip(pairs, sessions) {
                for side in 0..<2 {
                    if let event = pair.nextEvent(side) {
                        sessions[side].handle(event)
                        isBusy = true
                    }
                    if let frame = pair.nextDatagram(side) {
                        sessions[side].handleDatagram(frame)
                        isBusy = true
                    }
                }
            }
        }
    }

    private func session(
        _ pair: Int, _ side: Int, _ connector: any TargetConnector
    ) -> ForwardingSession {
        ForwardingSession(
            loop: loop, carrier: pairs[pair].sides[side], connector: connector, report: { _ in })
    }
}
