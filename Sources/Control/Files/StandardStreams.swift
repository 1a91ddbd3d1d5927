internal import Glibc

/// Whole lines to standard output and error, and all of standard input.
///
/// A stream that is closed is no reason to stop: results that nobody reads are lost, as with every
/// other program.
package enum StandardStreams {
    /// More input than this is no ticket.
    package static let inputLimit = 64 * 1_024

    package static func output(_ line: String) { write(line, to: STDOUT_FILENO) }

    package static func report(_ line: String) { write(line, to: STDERR_FILENO) }

    /// Standard input to its end or its limit.
    package static func readInput() throws(CommandError) -> String {
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 4_096)
        while bytes.count < inputLimit {
            let count = read(STDIN_FILENO, &block, block.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw CommandError(
                    "standard input", String(cString: strerror(errno)),
                    hint: "name a file: --ticket-file FILE", .usage)
            }
            guard count > 0 else { break }
            bytes += block[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func write(_ line: String, to stream: Int32) {
        let bytes = [UInt8]((line + "\n").utf8)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(stream, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
