internal import Glibc
import SRMUDP

/// Standard output for results, standard error for everything else, one line at a time.
///
/// A stream that was closed, or whose reader went away, is no reason to end: what runs goes on.
enum Console {
    static func output(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }
    static func report(_ line: String) { write(line + "\n", to: STDERR_FILENO) }
    /// A question, without a line's end; to the terminal that the answer comes from where standard
    /// error is none.
    static func prompt(_ text: String) {
        write(text, to: isatty(STDERR_FILENO) == 1 ? STDERR_FILENO : STDIN_FILENO)
    }

    /// Opens what was closed of the three standard streams onto nothing, so that no socket or file
    /// takes their numbers and is written to by mistake.
    static func reserveStandardStreams() {
        var descriptor: Int32 = 0
        while (0...STDERR_FILENO).contains(descriptor) {
            descriptor = open("/dev/null", O_RDWR)
        }
        if descriptor > STDERR_FILENO { close(descriptor) }
    }

    /// Has standard output go nowhere from now on.
    static func discardOutput() {
        let nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC)
        guard nowhere >= 0 else { return }
        dup2(nowhere, STDOUT_FILENO)
        close(nowhere)
    }

    /// Reads standard input to its end, or to 64 KiB, which no ticket comes near.
    static func input() throws(CommandError) -> String {
        let limit = 65_536
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = read(STDIN_FILENO, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                let reason = SystemError("read", code: errno).reason
                throw CommandError("standard input", reason, .usage)
            }
            if count == 0 { break }
            bytes += part[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
    }
}
