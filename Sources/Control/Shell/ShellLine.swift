/// A typed line taken apart into words, with quotes as shells have them.
///
/// Blanks separate words. Nothing has a meaning between single quotes; between double quotes a
/// backslash takes the meaning of `"` and `\`, outside of quotes that of any character. `#` at the
/// beginning of a word begins a comment.
struct ShellLine: Equatable {
    /// Why a line has no words.
    struct Mistake: Error, Equatable {
        let reason: String
    }

    let words: [String]

    init(_ text: String) throws(Mistake) {
        var reader = Reader(rest: text[...])
        words = try reader.words()
    }

    private struct Reader {
        var rest: Substring

        mutating func words() throws(Mistake) -> [String] {
            var words: [String] = []
            while true {
                rest = rest.drop { $0.isBlank }
                guard let first = rest.first, first != "#" else { return words }
                words.append(try word())
            }
        }

        private mutating func word() throws(Mistake) -> String {
            var word = ""
            while let character = rest.first, !character.isBlank {
                rest.removeFirst()
                switch character {
                case "'": word += try quoted()
                case "\"": word += try doublyQuoted()
                case "\\":
                    guard let next = rest.popFirst() else {
                        throw Mistake(reason: "a backslash ends the line")
                    }
                    word.append(next)
                default: word.append(character)
                }
            }
            return word
        }

        private mutating func quoted() throws(Mistake) -> String {
            guard let end = rest.firstIndex(of: "'") else { throw Self.unclosed("'") }
            defer { rest = rest[rest.index(after: end)...] }
            return String(rest[..<end])
        }

        private mutating func doublyQuoted() throws(Mistake) -> String {
            var text = ""
            while let character = rest.popFirst() {
                if character == "\"" { return text }
                if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                    text.append(next)
                    rest.removeFirst()
                } else {
                    text.append(character)
                }
            }
            throw Self.unclosed("\"")
        }

        private static func unclosed(_ quote: Character) -> Mistake {
            Mistake(reason: "the quote \(quote) is not closed")
        }
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }
}
