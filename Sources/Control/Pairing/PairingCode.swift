import SRMUDP

/// What one person tells another so that their machines meet: `4821-maple-tundra`.
///
/// The number (*nameplate*) says where to meet and is no secret: the rendezvous server gives it out,
/// or this machine does where there is no server. The words are the secret, 11 bits each. They never
/// leave the two machines; both prove to each other that they know them (`PairingIssuer`,
/// `PairingJoiner`), and one wrong guess makes the code void.
///
/// An instance has only words of the list, so a mistyped code is found before anything is computed
/// or sent.
package struct PairingCode: Equatable {
    package static let wordCounts = 2...4
    package static let usualWordCount = 2
    /// Digits of the largest number, 4,294,967,295.
    private static let numberLengthLimit = 10

    package let nameplate: UInt32
    private let words: [String]

    /// A new code.
    ///
    /// - Parameters:
    ///   - nameplate: above 0.
    ///   - wordCount: one of `wordCounts`.
    package init(nameplate: UInt32, wordCount: Int = usualWordCount, random: any RandomSource) {
        precondition(nameplate > 0 && Self.wordCounts.contains(wordCount))
        self.nameplate = nameplate
        let list = WordList.words
        words = (0..<wordCount).map { _ in list[Int(random.next(below: UInt64(list.count)))] }
    }

    /// A number for a code that no server knows of: 1000 to 9999.
    package static func localNameplate(random: any RandomSource) -> UInt32 {
        UInt32(1_000 + random.next(below: 9_000))
    }

    /// Reads a code as people type it: capitals, any dashes, blanks and punctuation between the
    /// parts, full-width letters and digits, digits of other scripts, invisible characters.
    package init(parsing text: String) throws(PairingCodeError) {
        guard text.utf8.count <= PairingCodeSpelling.lengthLimit else { throw .tooLong }
        let parts = PairingCodeSpelling.parts(of: text)
        guard let number = parts.first else { throw .empty }
        guard PairingCodeSpelling.isNumber(number) else { throw .numberMissing }
        guard number.utf8.count <= Self.numberLengthLimit, let nameplate = UInt32(number),
            nameplate > 0
        else { throw .numberOutOfRange }
        let words = Array(parts.dropFirst())
        guard Self.wordCounts.contains(words.count) else { throw .wordCount(words.count) }
        let list = WordList.words
        for (index, word) in words.enumerated() where !list.contains(word) {
            throw .unknownWord(
                position: index + 1, typed: PairingCodeSpelling.printable(word),
                nearest: WordList.nearest(to: word))
        }
        self.nameplate = nameplate
        self.words = words
    }

    /// The code as it is told to people. A secret until it was used.
    package var text: String { "\(nameplate)-" + words.joined(separator: "-") }

    /// The key for `PairingIssuer` and `PairingJoiner`: 48 bytes of scrypt (RFC 7914) over the words
    /// joined by `-`, with N = 2^15, r = 8, p = 1 and the salt "p2pfwd code 1" ‖ nameplate in
    /// decimal.
    ///
    /// Takes about a tenth of a second and 32 MiB, once per code. Call it before the event loop has
    /// anything urgent to do, or on another thread.
    package func stretched() -> SecretBytes {
        var password = [UInt8](words.joined(separator: "-").utf8)
        return Scrypt.deriveKey(
            password: SecretBytes(taking: &password),
            salt: [UInt8]("p2pfwd code 1\(nameplate)".utf8), count: SPAKE2.secretLength)
    }
}

extension PairingCode {
    /// Whether `text` has the shape of a code, right or mistyped: a number and 2 to 4 words of 3 to
    /// 10 letters. Tells a code from a ticket and from the name of a peer, which must not look so.
    package static func looksLikeCode(_ text: String) -> Bool {
        guard text.utf8.count <= PairingCodeSpelling.lengthLimit else { return false }
        let parts = PairingCodeSpelling.parts(of: text)
        guard let number = parts.first, PairingCodeSpelling.isNumber(number),
            number.utf8.count <= numberLengthLimit
        else { return false }
        let words = parts.dropFirst()
        return wordCounts.contains(words.count)
            && words.allSatisfy { word in
                (3...10).contains(word.utf8.count)
                    && word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")) ~= $0 }
            }
    }

    /// What `text`, the beginning of a code, may become when its last word is completed.
    ///
    /// For the TAB key: with at least one letter of the word; what stands before stays as typed.
    package static func completions(of text: String) -> [String] {
        guard text.utf8.count <= PairingCodeSpelling.lengthLimit else { return [] }
        let letters = text.reversed().prefix { $0.isASCII && $0.isLetter }
        let head = String(text.dropLast(letters.count))
        let parts = PairingCodeSpelling.parts(of: head)
        guard !letters.isEmpty, let number = parts.first, PairingCodeSpelling.isNumber(number),
            parts.count <= wordCounts.upperBound
        else { return [] }
        let prefix = String(letters.reversed()).lowercased()
        return WordList.words(startingWith: prefix).map { head + $0 }
    }
}

extension PairingCode: CustomStringConvertible, CustomReflectable {
    /// Without the words, which are secret.
    package var description: String { "code \(nameplate)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
