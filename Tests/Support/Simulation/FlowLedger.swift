import SRMUDP

/// Which end of a simulated pair.
package enum Side: Int, CaseIterable, Sendable, CustomStringConvertible {
    case left = 0
    case right = 1

    package var opposite: Side { self == .left ? .right : .left }
    package var description: String { self == .left ? "left" : "right" }
}

/// What both applications know of every stream, to be compared byte by byte.
///
/// The writer tells what it wrote and how it ended; the reader tells what it read. The content is a
/// pattern of the stream and direction, so bytes that were lost, moved, doubled or belong to
/// another
/// stream are found when they are read.
package final class FlowLedger {
    /// One direction of a stream.
    package struct HalfPipe {
        package var written: UInt64 = 0
        package var isFinished = false
        package var isReset = false
        package var read: UInt64 = 0
        package var hasReadEnd = false
        package var hasReadReset = false
        /// The reader said that it wants no more.
        package var isStopped = false

        /// Whether the reader knows all that the writer will ever say.
        package var isSettled: Bool {
            if hasReadReset || isStopped { return true }
            return hasReadEnd && isFinished && read == written
        }
    }

    private struct Key: Hashable {
        let stream: StreamID
        let writer: Side
    }

    private let seed: UInt64
    private var halfPipes: [Key: HalfPipe] = [:]
    /// What can never be right, whatever the network did.
    package private(set) var violations: [String] = []

    package init(seed: UInt64) { self.seed = seed }

    package func pattern(of stream: StreamID, from writer: Side) -> ContentPattern {
        ContentPattern(
            seed: seed ^ (stream.value &* 2 &+ UInt64(writer.rawValue) &+ 1) &* 0x9e3779b9)
    }

    package func halfPipe(_ stream: StreamID, from writer: Side) -> HalfPipe {
        halfPipes[Key(stream: stream, writer: writer)] ?? HalfPipe()
    }

    package func update(
        _ stream: StreamID, from writer: Side, _ change: (inout HalfPipe) -> Void
    ) {
        change(&halfPipes[Key(stream: stream, writer: writer), default: HalfPipe()])
    }

    /// The opposite of `writer` read `bytes`, the next ones of the stream.
    package func read(_ bytes: [UInt8], of stream: StreamID, from writer: Side) {
        update(stream, from: writer) { halfPipe in
            let pattern = pattern(of: stream, from: writer)
            if let offset = pattern.firstDifference(in: bytes, at: halfPipe.read) {
                violations.append("\(stream) from \(writer) has a wrong byte at \(offset)")
            }
            if halfPipe.hasReadEnd || halfPipe.hasReadReset {
                violations.append("\(stream) from \(writer) goes on after its end")
            }
            halfPipe.read += UInt64(bytes.count)
            if halfPipe.read > halfPipe.written {
                violations.append("\(stream) from \(writer) gave more than was written")
            }
        }
    }

    /// The opposite of `writer` read the end.
    package func readEnd(of stream: StreamID, from writer: Side) {
        update(stream, from: writer) { halfPipe in
            if !halfPipe.isFinished || halfPipe.read != halfPipe.written {
                violations.append(
                    "\(stream) from \(writer) ended at \(halfPipe.read) of \(halfPipe.written)")
            }
            if halfPipe.hasReadEnd { violations.append("\(stream) from \(writer) ended twice") }
            halfPipe.hasReadEnd = true
        }
    }

    package func readReset(of stream: StreamID, from writer: Side) {
        update(stream, from: writer) { halfPipe in
            if !halfPipe.isReset {
                violations.append("\(stream) from \(writer) was reset by nobody")
            }
            halfPipe.hasReadReset = true
        }
    }

    package var streams: Set<StreamID> { Set(halfPipes.keys.map(\.stream)) }

    /// The half pipes whose reader still waits for something, as text.
    package var unsettled: [String] {
        halfPipes.filter { !$0.value.isSettled }.map { key, value in
            "\(key.stream) from \(key.writer): \(value)"
        }.sorted()
    }

    package var bytesRead: UInt64 { halfPipes.values.reduce(0) { $0 + $1.read } }
}
