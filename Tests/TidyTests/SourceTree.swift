import Foundation

/// The package's own files, found from the place of this one.
struct SourceTree {
    struct File: CustomStringConvertible {
        /// Relative to the package, with `/` between parts.
        let path: String
        let lines: [Substring]

        var name: String { String(path.split(separator: "/").last ?? "") }
        var description: String { path }

        func isUnder(_ folders: [String]) -> Bool {
            folders.contains { path.hasPrefix($0 + "/") || path == $0 }
        }

        /// The lines as the compiler sees them: neither comments nor the insides of plain strings.
        var code: [(number: Int, text: String)] {
            lines.enumerated().map { ($0.offset + 1, Self.withoutTextAndComments($0.element)) }
        }

        private static func withoutTextAndComments(_ line: Substring) -> String {
            var result = ""
            var isInText = false
            var isEscaped = false
            var previous: Character = " "
            for character in line {
                if isInText {
                    if character == "\"", !isEscaped { isInText = false }
                    isEscaped = character == "\\" && !isEscaped
                } else if character == "\"" {
                    isInText = true
                } else if character == "/", previous == "/" {
                    result.removeLast()
                    break
                } else {
                    result.append(character)
                }
                previous = isInText ? " " : character
            }
            return result
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    let files: [File]

    /// All Swift files below `folders`.
    init(_ folders: [String]) throws {
        var files: [File] = []
        for folder in folders {
            let directory = Self.root.appending(path: folder)
            let names = try FileManager.default.subpathsOfDirectory(atPath: directory.path())
            for name in names.sorted() where name.hasSuffix(".swift") {
                let text = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                files.append(File(path: "\(folder)/\(name)", lines: Array(lines)))
            }
        }
        self.files = files
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path())
    }
}
