import SRMUDP

/// One thing that happens in a random schedule. Streams are named by their place in the list of
/// streams opened so far, modulo its length.
package enum TestOperation: Sendable {
    package enum Ending: Sendable {
        case finish
        case reset
        case leaveOpen
    }

    case openStream(Side, bytes: Int, Ending)
    case write(Side, stream: Int, bytes: Int)
    case finish(Side, stream: Int)
    case reset(Side, stream: Int)
    case stopReading(Side, stream: Int)
    case stallReading(Side, stream: Int)
    case resumeReading(Side, stream: Int)
    case changeConditions(from: Side, LinkConditions)
    case blackout(from: Side, Interval)
    case totalBlackout(Interval)
    case rebind(Side)
    case pause(Side, Interval)
    case updateKeys(Side)
    case handshakeAgain(Side)
    case replayOldDatagrams(count: Int)
    case junk(to: Side, count: Int)
    /// The relay, if there is one, goes away or comes back.
    case relay(isAlive: Bool)
    case networkChanged(Side)
    /// The peer is told where this side is, and where it is not.
    case tellCandidates(Side)
    /// Another process goes on with everything.
    case handOver(Side)
    case advance(Interval)

    /// Draws an operation; harmless ones are more frequent than drastic ones.
    package static func random(using random: SeededRandomSource) -> TestOperation {
        let side: Side = random.flip() ? .left : .right
        let stream = Int(random.next(below: 64))
        switch random.next(below: 45) {
        case 0..<8:
            let endings: [Ending] = [.finish, .finish, .reset, .leaveOpen]
            return .openStream(
                side, bytes: size(random), endings[Int(random.next(below: 4))])
        case 8..<14: return .write(side, stream: stream, bytes: size(random))
        case 14..<16: return .finish(side, stream: stream)
        case 16: return .reset(side, stream: stream)
        case 17: return .stopReading(side, stream: stream)
        case 18: return .stallReading(side, stream: stream)
        case 19..<21: return .resumeReading(side, stream: stream)
        case 21..<23: return .changeConditions(from: side, .random(using: random))
        case 23: return .blackout(from: side, time(random, upTo: 20))
        case 24: return .totalBlackout(time(random, upTo: random.flip(0.1) ? 600 : 20))
        case 25: return .rebind(side)
        case 26: return .pause(side, time(random, upTo: random.flip(0.1) ? 600 : 20))
        case 27: return .updateKeys(side)
        case 28: return .handshakeAgain(side)
        case 29: return .replayOldDatagrams(count: 1 + Int(random.next(below: 20)))
        case 30: return .junk(to: side, count: 1 + Int(random.next(below: 20)))
        case 31: return .relay(isAlive: random.flip(0.6))
        case 32: return .networkChanged(side)
        case 33: return .tellCandidates(side)
        case 34, 35: return .handOver(side)
        default: return .advance(time(random, upTo: random.flip(0.05) ? 300 : 3))
        }
    }

    /// Mostly small, sometimes empty, now and then larger than a window's first credit.
    private static func size(_ random: SeededRandomSource) -> Int {
        switch random.next(below: 10) {
        case 0: 0
        case 1..<6: Int(random.next(below: 2_000))
        case 6..<9: Int(random.next(below: 20_000))
        default: Int(random.next(below: 80_000))
        }
    }

    private static func time(_ random: SeededRandomSource, upTo seconds: Int64) -> Interval {
        .milliseconds(Int64(random.next(below: UInt64(seconds) * 1000)))
    }
}
