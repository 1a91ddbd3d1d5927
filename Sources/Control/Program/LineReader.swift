internal import CReadline
internal import Glibc

/// Asks people for a line on their terminal, with readline's editing; the TAB key completes the words
/// of codes.
enum LineReader {
    /// Whether somebody sits there who can see the question and answer it.
    static var isPossible: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1 }

    /// The line that was typed; nil at the end of input.
    static func ask(_ prompt: String) -> String? {
        guard let line = creadline_ask(prompt, completions) else { return nil }
        defer { free(line) }
        return String(cString: line)
    }

    /// What all of `lines` begin with.
    static func commonPrefix(of lines: [String]) -> String {
        guard var prefix = lines.first else { return "" }
        for line in lines.dropFirst() {
            prefix = String(zip(prefix, line).prefix { $0 == $1 }.map(\.0))
        }
        return prefix
    }

    /// For readline, which frees what it gets; nil where nothing fits.
    private static let completions:
        @convention(c) (UnsafePointer<CChar>?, CInt, CInt)
            -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = { text, _, _ in
                creadline_completion_is_over()
                let lines = PairingCode.completions(of: text.map { String(cString: $0) } ?? "")
                guard !lines.isEmpty else { return nil }
                // One line that fits is told as what all begin with.
                let entries = [commonPrefix(of: lines)] + (lines.count > 1 ? lines : [])
                let size = (entries.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
                guard let memory = malloc(size) else { return nil }
                let array = memory.bindMemory(
                    to: UnsafeMutablePointer<CChar>?.self, capacity: entries.count + 1)
                for (index, entry) in entries.enumerated() { array[index] = strdup(entry) }
                array[entries.count] = nil
                return array
            }
}
