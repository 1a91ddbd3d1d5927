/// Patterns of names as ssh writes them: `*` is any text, `?` any one character, and `!` in front
/// excludes what matches.
struct NamePatterns {
    private let patterns: [String]

    init(_ patterns: [String]) { self.patterns = patterns }

    /// Whether some pattern matches and none excludes.
    func match(_ name: String) -> Bool {
        var isMatched = false
        for pattern in patterns {
            let excludes = pattern.hasPrefix("!")
            guard Self.matches(Array(name), Array(excludes ? pattern.dropFirst() : pattern[...]))
            else { continue }
            if excludes { return false }
            isMatched = true
        }
        return isMatched
    }

    /// Goes back to the last star alone, which takes one character more then: as that is the only
    /// way back, the time is bounded by the product of the lengths.
    private static func matches(_ name: [Character], _ pattern: [Character]) -> Bool {
        var place = 0
        var next = 0
        var retry: (place: Int, next: Int)?
        while place < name.count {
            if next < pattern.count, pattern[next] == "*" {
                retry = (place, next + 1)
                next += 1
            } else if next < pattern.count, pattern[next] == "?" || pattern[next] == name[place] {
                place += 1
                next += 1
            } else if let last = retry {
                retry = (last.place + 1, last.next)
                place = last.place + 1
                next = last.next
            } else {
                return false
            }
        }
        return pattern[next...].allSatisfy { $0 == "*" }
    }
}
