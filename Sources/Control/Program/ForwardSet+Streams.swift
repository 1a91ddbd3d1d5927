import Forwarding
import SRMUDP

// Forwards of streams: -L at a port or path, -R, -W.
extension ForwardSet {
    func local(
        _ specification: ForwardSpecification, _ index: Int
    ) throws(CommandError) -> Made {
        guard let request = specification.openRequest else {
            throw CommandError(
                "forward \(specification)", "the destination cannot be asked for", .usage)
        }
        let place = try listeningPlace(of: specification)
        do throws(SystemError) {
            let forward = try LocalForward(
                loop: loop, listening: place, request: request,
                hold: .seconds(options.transport.hold.seconds), logger: logger,
                inherited: inheritance?.listeners, origin: origin(index), report: report)
            let standing =
                forward.addresses.isEmpty
                ? Standing(path: "\(specification.entry)") : Standing(forward.addresses)
            return Made(forward: forward, standing: standing)
        } catch {
            throw .failed(specification, "\(error)")
        }
    }

    func listeningPlace(
        of specification: ForwardSpecification
    ) throws(CommandError) -> ListeningPlace {
        guard case .path(let text) = specification.entry else {
            return .addresses(try listenAddresses(of: specification))
        }
        guard let path = SocketPath(text) else {
            throw CommandError("forward \(specification)", "the path cannot be used", .usage)
        }
        return .file(
            SocketFile(
                path: path, mask: options.socketMask,
                replacement: options.replacesSockets ? .always : .ifStale))
    }

    func remote(
        _ specification: ForwardSpecification, _ index: Int
    ) throws(CommandError) -> Made {
        guard let place = specification.listenPlace else {
            throw CommandError(
                "forward \(specification)", "the listener cannot be asked for", .usage)
        }
        guard specification.target != nil || specification.destination == .socks else {
            throw CommandError(
                "forward \(specification)", "the destination cannot be dialled", .usage)
        }
        let forward = RemoteForward(
            place: place, destination: try remoteDestination(of: specification), dialer: dialer,
            origin: origin(index)
        ) { [weak self] change in
            guard let self else { return }
            switch change {
            case .listening(let addresses):
                listening(
                    index, addresses.isEmpty ? Standing(path: "\(place)") : Standing(addresses))
            case .refused(let reply): failed(index, reply.reason)
            case .takenOver:
                gone(index, "another connection of this node has taken the listener over")
            case .ended: gone(index, "the peer has closed the listener")
            }
        }
        return Made(forward: forward)
    }

    func standardStreams(
        _ specification: ForwardSpecification
    ) throws(CommandError) -> Made {
        guard let request = specification.openRequest else {
            throw CommandError(
                "forward \(specification)", "the destination cannot be asked for", .usage)
        }
        let streams: StandardStreams
        do throws(SystemError) {
            streams = try StandardStreams(loop: loop)
        } catch {
            throw .failed(specification, "\(error)")
        }
        let forward = StandardStreamsForward(request: request, streams: streams) {
            [weak self] end in
            if let reason = end.failure {
                self?.whenFailed(.failed(specification, reason))
            } else {
                self?.whenDone()
            }
        }
        return Made(forward: forward, isUp: true)
    }
}

extension StandardStreamsEnd {
    /// What went wrong, for people; nil if nothing did.
    var failure: String? {
        switch self {
        case .complete: nil
        case .refused(let reply): reply.reason
        case .broken: "the connection was broken off"
        }
    }
}

extension OpenReply {
    /// `not permitted (no rule for localhost:22)`
    var reason: String { detail.isEmpty ? "\(status)" : "\(status) (\(detail))" }
}
