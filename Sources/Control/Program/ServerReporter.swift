import SRMUDP

/// Tells people what happens with rendezvous servers, one line for each event.
struct ServerReporter {
    let logger: Logger

    func report(_ server: ServerSession, _ change: ServerSession.Change) {
        let name = server.address.place
        switch change {
        case .up(let isFirst):
            let place = server.observedAddress.map { "; it sees us at \($0)" } ?? ""
            let line = "registered at \(name)\(isFirst ? "" : " again")\(place)"
            isFirst ? logger.debug(line) : logger.info(line)
        case .down(let reason): logger.info("lost the rendezvous server \(name): \(reason)")
        case .denied(let error): logger.error("\(error)")
        case .observed, .moved, .event: break
        }
    }
}
