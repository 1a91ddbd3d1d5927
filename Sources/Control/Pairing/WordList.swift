import SRMUDP

/// The 2,048 words that codes and check phrases are made of; each stands for 11 bits.
///
/// Words are numbered in alphabetical order from 0. The first four letters tell any two of them
/// apart, so that completion needs no more.
package enum WordList {
    package static let count = 2_048

    /// The words in order. Made anew at each call, in well under a millisecond.
    package static var words: [String] {
        text.split { $0 == " " || $0 == "\n" }.map(String.init)
    }

    /// The words that begin with `prefix`, in order; `prefix` is in lower case.
    package static func words(startingWith prefix: some StringProtocol) -> [String] {
        words.filter { $0.hasPrefix(prefix) }
    }

    /// The word that was probably meant: the one with the fewest typing errors, if these are at most
    /// two and fewer than half of its letters.
    package static func nearest(to text: String) -> String? {
        let typed = Array(text.prefix(20))
        let rated = words.map { (word: $0, distance: distance(typed, Array($0))) }
        let best = rated.min { $0.distance < $1.distance }
        guard let best, best.distance <= 2, best.distance * 2 < best.word.count else { return nil }
        return best.word
    }

    /// Three words that stand for a key, for two people to compare: 33 bits of HKDF-Expand(key,
    /// "p2pfwd phrase"), of which each word takes two bytes (big-endian, modulo 2,048).
    package static func phrase(of key: SecretBytes) -> [String] {
        let words = words
        let bytes = HKDF.expand(key, label: "p2pfwd phrase", count: 6).exposed
        return stride(from: 0, to: bytes.count, by: 2).map { start in
            words[(Int(bytes[start]) << 8 | Int(bytes[start + 1])) % count]
        }
    }

    /// Letters missing, added, replaced, or exchanged with their neighbours, each counted once (the
    /// optimal string alignment distance).
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var rows = [Array(0...right.count)]
        for leftIndex in left.indices {
            var row = [leftIndex + 1]
            for index in right.indices {
                let isSame = left[leftIndex] == right[index]
                var best = min(
                    rows[leftIndex][index] + (isSame ? 0 : 1), rows[leftIndex][index + 1] + 1,
                    row[index] + 1)
                let isExchange =
                    leftIndex > 0 && index > 0 && left[leftIndex] == right[index - 1]
                    && left[leftIndex - 1] == right[index]
                if isExchange { best = min(best, rows[leftIndex - 1][index - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
