import SRMUDP

/// Joins streams to UDP targets.
package final class DatagramDialer {
    private let loop: EventLoop
    private let memory: DatagramMemory
    private let limits: DatagramLimits

    package init(
        loop: EventLoop, memory: DatagramMemory, limits: DatagramLimits = DatagramLimits()
    ) {
        self.loop = loop
        self.memory = memory
        self.limits = limits
    }

    /// Opens a socket to the first of `addresses` that there is a way to. All of them are permitted.
    package func outcome(
        for request: OpenRequest, at addresses: [SocketAddress]
    ) -> ConnectOutcome {
        do throws(SystemError) {
            let target = try DatagramTarget(addresses, loop: loop, memory: memory)
            let limits = limits
            return .taken { place in
                let flow = DatagramFlow.serving(
                    request, source: target, limits: limits, at: place)
                target.start(flow)
                return flow
            }
        } catch {
            return .refused(OpenReply(error))
        }
    }
}

/// A socket that talks to one target for one flow.
///
/// A name may stand for several addresses, and UDP knows no connect that would tell which of them
/// is answered at. When the first one turns out to be a closed port, the next one is tried with
/// the datagram that met with it, as long as none has answered.
final class DatagramTarget {
    private let loop: EventLoop
    private let memory: DatagramMemory
    private var place: SocketAddress
    private var alternatives: ArraySlice<SocketAddress>
    private var socket: UDPSocket?
    private weak var flow: DatagramFlow?
    /// What was sent last and has met with no answer; nil once the target has answered.
    private var unanswered: ArraySlice<UInt8>? = []

    /// - Throws: the last error, if there is a way to none of `addresses`.
    init(
        _ addresses: [SocketAddress], loop: EventLoop, memory: DatagramMemory
    ) throws(SystemError) {
        self.loop = loop
        self.memory = memory
        place = SocketAddress(.anyIPv6, port: 0)
        alternatives = addresses[...]
        try connectToNext()
    }

    deinit { close() }

    /// Begins to pass on what the target says.
    func start(_ flow: DatagramFlow) {
        self.flow = flow
        register()
        // What the opener has sent meanwhile.
        _ = flow.streamReadable()
    }

    private func register() {
        guard let socket else { return }
        do throws(SystemError) {
            try loop.register(socket.fileDescriptor, for: .readable, handler: self)
        } catch {
            flow?.targetFailed(error)
        }
    }

    private func connectToNext() throws(SystemError) {
        var failure = SystemError("connect", code: ErrorNumber.addressNotAvailable)
        while let next = alternatives.popFirst() {
            do throws(SystemError) {
                socket = try UDPSocket(
                    connectingTo: next, configuration: DatagramMemory.socketConfiguration)
                place = next
                return
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private func failed(_ error: SystemError) {
        guard let unanswered, !alternatives.isEmpty else {
            flow?.targetFailed(error)
            return
        }
        close()
        do throws(SystemError) {
            try connectToNext()
            register()
            _ = deliver(unanswered)
        } catch {
            flow?.targetFailed(error)
        }
    }

    private func close() {
        if let socket { loop.unregister(socket.fileDescriptor) }
        socket = nil
    }
}

extension DatagramTarget: DatagramSource {
    var address: SocketAddress? { place }

    func deliver(_ datagram: ArraySlice<UInt8>) -> Bool {
        guard let socket else { return false }
        if unanswered != nil { unanswered = datagram }
        switch memory.send(datagram, by: socket, to: place) {
        case .sent: return true
        case .failed(ErrorNumber.connectionRefused):
            // The answer to an earlier one, which is taken away thereby: this one was not sent.
            failed(SystemError("sendmsg", code: ErrorNumber.connectionRefused))
            return true
        case .wouldBlock, .tooBig, .failed: return false
        }
    }

    func flowEnded(_ end: DatagramFlow.End) { close() }
}

extension DatagramTarget: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        guard let socket else { return }
        do throws(SystemError) {
            try memory.receive(from: socket) { datagram, _, _ in
                unanswered = nil
                flow?.send(datagram)
                return self.socket != nil
            }
        } catch {
            failed(error)
        }
    }
}
