/// Asks servers about the network and for their keys, from the driver's own socket.
///
/// Sets itself as the driver's handler of the answers, and of probes, which it sends to itself.
package final class ProbeClient {
    /// More inquiries at a time are refused.
    package static let limit = 16

    private unowned let driver: EndpointDriver
    private let loop: EventLoop
    private let random: any RandomSource
    private var running: [Int: Running] = [:]
    private var nextNumber = 0
    private var timer: (id: TimerID, deadline: Instant)?

    package init(driver: EndpointDriver, loop: EventLoop, random: any RandomSource) {
        self.driver = driver
        self.loop = loop
        self.random = random
        for kind in Self.kinds { driver.setHandler(self, for: kind) }
    }

    private static let kinds = [
        DatagramKind.probe, DatagramKind.probeAnswer, DatagramKind.keyAnswer,
    ]

    /// Finds out what the network between us and a server does; takes a second or two, and three
    /// where nothing comes back.
    ///
    /// - Parameter completion: gets the report, in a later turn.
    /// - Returns: false if there are too many inquiries already.
    package func examine(
        _ options: NetworkProbe.Options, completion: @escaping (NetworkReport) -> Void
    ) -> Bool {
        start(NetworkProbe(options, random: random, now: loop.now)) { completion($0.report) }
    }

    /// Asks a server for its static key.
    ///
    /// - Parameter completion: gets the key, or nil if there is no answer, in a later turn.
    /// - Returns: false if there are too many inquiries already.
    package func askKey(
        of server: SocketAddress, completion: @escaping (PublicKey?) -> Void
    ) -> Bool {
        start(KeyQuery(server: server, random: random, now: loop.now)) { completion($0.key) }
    }

    /// Ends all inquiries without a result, and handles nothing any more.
    package func stop() {
        running = [:]
        if let timer { loop.cancel(timer.id) }
        timer = nil
        for kind in Self.kinds { driver.setHandler(nil, for: kind) }
    }

    private func start<Question: Inquiry>(
        _ inquiry: Question, completion: @escaping (Question) -> Void
    ) -> Bool {
        guard running.count < Self.limit else { return false }
        running[nextNumber] = RunningInquiry(inquiry, completion: completion)
        nextNumber += 1
        schedule(at: loop.now)
        return true
    }

    private func advance() {
        let now = loop.now
        timer = nil
        var next: Instant?
        for (number, inquiry) in running {
            // The completion of another one may have ended them all.
            guard running[number] != nil else { continue }
            // What cannot leave now is asked again.
            while let (datagram, destination) = inquiry.pollTransmit(now: now) {
                driver.send(datagram, to: destination, now: now)
            }
            guard let due = inquiry.nextTimeout else {
                running[number] = nil
                inquiry.complete()
                continue
            }
            next = min(next ?? due, due)
        }
        if let next { schedule(at: next) }
    }

    private func schedule(at deadline: Instant) {
        if let timer {
            guard deadline < timer.deadline else { return }
            loop.cancel(timer.id)
        }
        let id = loop.schedule(at: deadline) { [weak self] in self?.advance() }
        timer = (id, deadline)
    }
}

extension ProbeClient: DatagramHandler {
    package func handle(
        _ datagrams: ReceivedDatagrams, in storage: inout ByteStorage,
        carrier: any DatagramCarrier, now: Instant
    ) {
        guard !running.isEmpty, datagrams.segmentSize == ProbeRequest.length else { return }
        let range = datagrams.range
        for start in stride(from: range.lowerBound, to: range.upperBound, by: ProbeRequest.length) {
            let end = min(start + ProbeRequest.length, range.upperBound)
            let datagram = storage.array(start..<end)
            for inquiry in running.values {
                inquiry.handle(datagram, from: datagrams.source, now: now)
            }
        }
        schedule(at: now)
    }
}

/// An inquiry whose kind is known to itself only.
private class Running {
    func pollTransmit(now: Instant) -> (datagram: [UInt8], destination: SocketAddress)? { nil }
    var nextTimeout: Instant? { nil }
    func handle(_ datagram: [UInt8], from source: SocketAddress, now: Instant) {}
    func complete() {}
}

private final class RunningInquiry<Question: Inquiry>: Running {
    private var inquiry: Question
    private let completion: (Question) -> Void

    init(_ inquiry: Question, completion: @escaping (Question) -> Void) {
        self.inquiry = inquiry
        self.completion = completion
    }

    override func pollTransmit(
        now: Instant
    ) -> (datagram: [UInt8], destination: SocketAddress)? {
        inquiry.pollTransmit(now: now)
    }

    override var nextTimeout: Instant? { inquiry.nextTimeout }

    override func handle(_ datagram: [UInt8], from source: SocketAddress, now: Instant) {
        inquiry.handle(datagram, from: source, now: now)
    }

    override func complete() { completion(inquiry) }
}
