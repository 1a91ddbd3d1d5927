import SRMUDP
import Synchronization

/// Carries out what a `PortMapper` wants of a router by UPnP: one request after the other, on a thread
/// of its own, which starts with the first one.
final class UPnPControl {
    /// What is known of the router, and what it does for us.
    private struct Knowledge: Sendable {
        var router: UPnPRouter?
        var outerPort: UInt16?
    }

    /// For the thread alone, which takes one request after the other.
    private final class Memory: Sendable {
        let knowledge = Mutex(Knowledge())
    }

    /// A router answers within the second that the question allows, or not at all.
    private static let searchTime: Interval = .milliseconds(1_200)

    private let gateway: Gateway
    private let internalPort: UInt16
    private let logger: Logger
    private let whenAnswered: (UPnPAnswer) -> Void
    private let queue: BackgroundQueue<UPnPAnswer>
    private let memory = Memory()

    /// - Parameter whenAnswered: called once for each request, in a later turn of the loop.
    init(
        gateway: Gateway, internalPort: UInt16, loop: EventLoop, logger: Logger,
        whenAnswered: @escaping (UPnPAnswer) -> Void
    ) {
        self.gateway = gateway
        self.internalPort = internalPort
        self.logger = logger
        self.whenAnswered = whenAnswered
        queue = BackgroundQueue(loop: loop)
    }

    func perform(_ request: UPnPRequest) {
        let client = SocketAddress(gateway.client, port: internalPort)
        queue.submit { [gateway, memory] in
            memory.knowledge.withLock { Self.carryOut(request, gateway, client, &$0) }
        } completion: { [weak self] in
            self?.finish($0)
        }
    }

    private func finish(_ result: Result<UPnPAnswer, SystemError>) {
        switch result {
        case .success(let answer): whenAnswered(answer)
        case .failure(let error):
            logger.warning("the router cannot be asked by UPnP: \(error)")
            whenAnswered(.failed(.noAnswer))
        }
    }

    // MARK: On the thread

    private static func carryOut(
        _ request: UPnPRequest, _ gateway: Gateway, _ client: SocketAddress,
        _ knowledge: inout Knowledge
    ) -> UPnPAnswer {
        if request == .remove, knowledge.outerPort == nil { return .removed }
        guard let library = UPnPLibrary() else { return .failed(.noLibrary) }
        switch request {
        case .map(let outerPorts, let lifetime):
            let wasKnown = knowledge.router != nil
            let answer = map(outerPorts, lifetime, to: client, gateway, library, &knowledge)
            guard wasKnown, case .failed = answer else { return answer }
            // A router that started anew may take requests somewhere else.
            knowledge.router = nil
            return map(outerPorts, lifetime, to: client, gateway, library, &knowledge)
        case .remove: return remove(library, &knowledge)
        }
    }

    private static func map(
        _ outerPorts: [UInt16], _ lifetime: Interval, to client: SocketAddress, _ gateway: Gateway,
        _ library: borrowing UPnPLibrary, _ knowledge: inout Knowledge
    ) -> UPnPAnswer {
        guard let router = knowledge.router ?? library.router(at: gateway, patience: searchTime)
        else { return .failed(.noAnswer) }
        knowledge.router = router
        do throws(UPnPLibrary.Failure) {
            let address = try library.externalAddress(of: router)
            guard address != .anyIPv4 else { return .failed(.refused(.networkFailure)) }
            guard SocketAddress(address, port: client.port).isReachableFromInternet else {
                return .failed(.behindAnotherNAT(address))
            }
            let seconds = UInt32(lifetime.nanoseconds / Interval.seconds(1).nanoseconds)
            let port = try map(outerPorts, to: client, seconds, router, library)
            knowledge.outerPort = port
            return .mapped(SocketAddress(address, port: port), lifetime: lifetime)
        } catch {
            return .failed(.refused(error.refusal))
        }
    }

    /// - Returns: the outer port.
    private static func map(
        _ outerPorts: [UInt16], to client: SocketAddress, _ seconds: UInt32, _ router: UPnPRouter,
        _ library: borrowing UPnPLibrary
    ) throws(UPnPLibrary.Failure) -> UInt16 {
        var failure = UPnPLibrary.Failure(code: 0)
        for port in outerPorts {
            do throws(UPnPLibrary.Failure) {
                try library.map(port, to: client, seconds: seconds, at: router)
                return port
            } catch {
                failure = error
            }
            if failure.wantsNoLifetime {
                // It is removed at the end; only who dies before that leaves it behind.
                try library.map(port, to: client, seconds: 0, at: router)
                return port
            }
            guard failure.isConflict else { break }
        }
        throw failure
    }

    private static func remove(
        _ library: borrowing UPnPLibrary, _ knowledge: inout Knowledge
    ) -> UPnPAnswer {
        guard let router = knowledge.router, let port = knowledge.outerPort else { return .removed }
        knowledge.outerPort = nil
        do throws(UPnPLibrary.Failure) {
            try library.remove(port, at: router)
            return .removed
        } catch {
            return .failed(.refused(error.refusal))
        }
    }
}
