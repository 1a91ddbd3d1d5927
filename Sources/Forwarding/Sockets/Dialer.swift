import SRMUDP

/// Connects to the first of several addresses that answers (Happy Eyeballs, RFC 8305 section 5).
///
/// The addresses are those of one target, resolved and permitted. They are tried in order, the
/// families taking turns and IPv6 first; the next one starts when the one before has failed or
/// stayed silent for 250 ms, and the first connection ends all other attempts.
package final class Dialer {
    package enum Result {
        case connected(TCPSocket)
        /// Of the errors of all addresses the one that says most: that of a machine that refused
        /// says more than that of one that was not reached.
        case failed(SystemError)
    }

    let loop: EventLoop
    private let attemptDelay: Interval
    private let timeLimit: Interval
    private let family: AddressFamily

    /// `timeLimit` holds for all addresses together; those of another family are left out.
    package init(
        loop: EventLoop, attemptDelay: Interval = .milliseconds(250),
        timeLimit: Interval = .seconds(30), family: AddressFamily = .any
    ) {
        self.loop = loop
        self.family = family
        self.attemptDelay = attemptDelay
        self.timeLimit = timeLimit
    }

    /// Begins to connect. `completion` is called once, unless the attempt is cancelled, and never
    /// from within this call.
    @discardableResult
    package func dial(
        _ addresses: [SocketAddress], _ completion: @escaping (Result) -> Void
    ) -> Attempt {
        let admitted = addresses.filter { family.admits($0.ip) }
        let attempt = Attempt(
            Self.interleaved(admitted), loop: loop, delay: attemptDelay, completion: completion)
        attempt.start(timeLimit: timeLimit)
        return attempt
    }

    /// IPv6 and IPv4 in turns, each in the order given.
    static func interleaved(_ addresses: [SocketAddress]) -> [SocketAddress] {
        let first = addresses.filter { !$0.ip.isIPv4 }
        let second = addresses.filter { $0.ip.isIPv4 }
        var result: [SocketAddress] = []
        for index in 0..<max(first.count, second.count) {
            if index < first.count { result.append(first[index]) }
            if index < second.count { result.append(second[index]) }
        }
        return result
    }
}

extension Dialer {
    /// The addresses of one target, on their way to one connection.
    package final class Attempt {
        private let loop: EventLoop
        private let delay: Interval
        private var waiting: ArraySlice<SocketAddress>
        private var connecting: [Connecting] = []
        private var completion: ((Result) -> Void)?
        private var bestError: SystemError?
        private var nextTimer: TimerID?
        private var limitTimer: TimerID?

        fileprivate init(
            _ addresses: [SocketAddress], loop: EventLoop, delay: Interval,
            completion: @escaping (Result) -> Void
        ) {
            self.loop = loop
            self.delay = delay
            self.completion = completion
            waiting = addresses[...]
        }

        fileprivate func start(timeLimit: Interval) {
            limitTimer = loop.schedule(at: loop.now + timeLimit) { self.timeLimitReached() }
            nextTimer = loop.schedule(at: loop.now) { self.tryNext() }
        }

        /// Ends everything that is under way; the completion is not called any more.
        package func cancel() {
            completion = nil
            waiting = []
            for timer in [nextTimer, limitTimer] {
                if let timer { loop.cancel(timer) }
            }
            for socket in connecting { socket.close() }
            connecting = []
        }

        /// Starts on addresses until one is under way.
        private func tryNext() {
            if let nextTimer { loop.cancel(nextTimer) }
            nextTimer = nil
            while completion != nil, let address = waiting.popFirst() {
                do {
                    let socket = try Connecting(to: address, loop: loop, attempt: self)
                    connecting.append(socket)
                    if socket.isConnected { return succeed(socket) }
                    if !waiting.isEmpty {
                        nextTimer = loop.schedule(after: delay) { self.tryNext() }
                    }
                    return
                } catch {
                    record(error)
                }
            }
            failIfNothingIsLeft()
        }

        fileprivate func connectingEnded(_ socket: Connecting) {
            guard completion != nil else { return }
            do {
                try socket.checkConnected()
                succeed(socket)
            } catch {
                record(error)
                socket.close()
                connecting.removeAll { $0 === socket }
                tryNext()
            }
        }

        private func succeed(_ socket: Connecting) {
            guard let connected = socket.takeSocket() else { return }
            finish(.connected(connected))
        }

        private func timeLimitReached() {
            record(SystemError("connect", code: ErrorNumber.timedOut))
            waiting = []
            for socket in connecting { socket.close() }
            connecting = []
            failIfNothingIsLeft()
        }

        private func failIfNothingIsLeft() {
            guard waiting.isEmpty, connecting.isEmpty else { return }
            // Only an empty list of addresses leaves no error behind.
            let code = ErrorNumber.addressNotAvailable
            finish(.failed(bestError ?? SystemError("connect", code: code)))
        }

        private func finish(_ result: Result) {
            let completion = completion
            cancel()
            completion?(result)
        }

        private func record(_ error: SystemError) {
            guard let bestError, Self.weight(error) <= Self.weight(bestError) else {
                bestError = error
                return
            }
        }

        /// How much an error says about the target.
        private static func weight(_ error: SystemError) -> Int {
            switch error.code {
            case ErrorNumber.connectionRefused: 4
            case ErrorNumber.connectionReset: 3
            case ErrorNumber.timedOut: 2
            case ErrorNumber.hostUnreachable: 1
            default: error.isOutOfFiles ? 5 : 0
            }
        }
    }

    /// One socket on its way.
    fileprivate final class Connecting: EventHandler {
        let isConnected: Bool
        private let address: SocketAddress
        private let loop: EventLoop
        private weak var attempt: Attempt?
        private var descriptor: FileDescriptor?

        init(to address: SocketAddress, loop: EventLoop, attempt: Attempt) throws(SystemError) {
            self.address = address
            self.loop = loop
            self.attempt = attempt
            let socket = try FileDescriptor.tcpSocket(for: address.ip)
            isConnected = try socket.connect(to: address)
            let number = socket.number
            descriptor = consume socket
            if !isConnected { try loop.register(number, for: .writable, handler: self) }
        }

        func ready(_ readiness: Readiness, now: Instant) { attempt?.connectingEnded(self) }

        func checkConnected() throws(SystemError) { try descriptor?.takeError("connect") }

        func close() {
            if let number = descriptor?.number { loop.unregister(number) }
            descriptor = nil
        }

        /// The connected socket, out of the loop and into the caller's hands.
        func takeSocket() -> TCPSocket? {
            guard let number = descriptor?.number else { return nil }
            loop.unregister(number)
            guard let taken = descriptor.take() else { return nil }
            return TCPSocket(taken, peer: address, loop: loop)
        }
    }
}
