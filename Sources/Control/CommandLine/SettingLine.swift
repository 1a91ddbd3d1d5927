/// A line of a configuration file as ssh splits it: `Key value`, `Key=value`, with blanks around.
///
/// Words may stand in single or double quotes; a backslash takes a quote, a blank or another
/// backslash literally. What begins with `#` outside of quotes is a comment.
struct SettingLine: Equatable {
    let key: String
    let words: [String]

    /// Nil for a line that says nothing.
    ///
    /// - Parameter place: where it is written, for messages.
    /// - Throws: that a quote has no end.
    init?(_ text: String, at place: String) throws(CommandError) {
        let trimmed = text.drop(while: \.isBlank)
        guard let first = trimmed.first, first != "#" else { return nil }
        let name = trimmed.prefix { !$0.isBlank && $0 != "=" }
        var rest = trimmed[name.endIndex...].drop(while: \.isBlank)
        if rest.first == "=" { rest = rest.dropFirst() }
        key = String(name)
        rest = rest.drop(while: \.isBlank)
        var words: [String] = []
        while let first = rest.first, first != "#" {
            guard let word = Self.word(&rest) else {
                throw .usage(
                    place, "'\(String(name).escapedForMessage)' has a quote without its end")
            }
            words.append(word)
            rest = rest.drop(while: \.isBlank)
        }
        self.words = words
    }

    /// Takes one word, which ends at a blank outside of quotes; nil where a quote has no end.
    private static func word(_ rest: inout Substring) -> String? {
        var word = ""
        var quote: Character?
        while let character = rest.first, quote != nil || !character.isBlank {
            rest = rest.dropFirst()
            if character == "\\", let next = rest.first, "\\\"' ".contains(next) {
                word.append(next)
                rest = rest.dropFirst()
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            } else {
                word.append(character)
            }
        }
        return quote == nil ? word : nil
    }
}

extension Character {
    /// What separates words; a carriage return stands where a file was written elsewhere.
    fileprivate var isBlank: Bool { self == " " || self == "\t" || self == "\r" }
}
