/// Sends a byte to one port after another of the peer's NAT, until one of them is the peer's.
///
/// A NAT that takes another port for each destination cannot be told where to send. The peer behind
/// it has opened many sockets towards us, so that many ports lead to it (`SpareSockets`), and lets in
/// only what comes from us: it has to be us who finds one. With 256 of 64,512 ports open, 1,024
/// guesses find one in 98 of 100 cases (1 - exp(-256 * 1024 / 64512)).
///
/// First the neighbourhood of the port that the NAT was last seen to take, because many NATs count;
/// then all others, in an order that depends on chance.
struct PortGuesser {
    /// Between two guesses.
    static let pace: Interval = .milliseconds(10)
    /// More guesses are never made in one go, whatever the budget.
    static let limit = 4_096
    /// How often one connection may guess, and how long it waits between.
    static let searchLimit = 3
    static let rest: Interval = .seconds(60)
    static let ports: ClosedRange<UInt16> = 1_024...65_535
    /// The peer opens a run of as many sockets at least, where its NAT counts.
    static let stride = 8
    private static let neighbours = 32

    let ip: IPAddress
    private let hint: UInt16
    private let limit: Int
    private let start: Int
    private let step: Int
    private(set) var count = 0
    private(set) var due: Instant

    /// - Parameters:
    ///   - hint: where the peer's NAT was seen last, one port further.
    ///   - budget: how many guesses there may be.
    init(near hint: SocketAddress, budget: Int, random: any RandomSource, now: Instant) {
        ip = hint.ip
        self.hint = hint.port
        limit = min(budget, Self.limit)
        let size = UInt64(Self.ports.count)
        start = Int(random.next() % size)
        // Without a common factor with the number of ports (2^10 * 3^2 * 7) it visits all of them.
        var step = random.next() % size | 1
        while step % 3 == 0 || step % 7 == 0 { step += 2 }
        self.step = Int(step)
        due = now
    }

    var isOver: Bool { count >= limit }

    /// The next port, if it is due.
    mutating func next(now: Instant) -> SocketAddress? {
        guard due <= now, !isOver else { return nil }
        due = now + Self.pace
        defer { count += 1 }
        return SocketAddress(ip, port: port(count))
    }

    private func port(_ number: Int) -> UInt16 {
        if number < Self.neighbours * 2 {
            let distance = (number / 2 + 1) * Self.stride
            let port = Int(hint) + (number % 2 == 0 ? distance : -distance)
            if let port = UInt16(exactly: port), Self.ports.contains(port) { return port }
        }
        let offset = (start + number * step) % Self.ports.count
        return UInt16(Int(Self.ports.lowerBound) + offset)
    }
}
