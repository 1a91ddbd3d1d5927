/// A rule about paths of UNIX sockets: an absolute path, in which `*` stands for any characters
/// but a slash.
package struct PathPattern: Hashable, Sendable {
    package let text: String

    /// - Returns: nil unless the path is absolute and plain: no `.`, `..` or empty component.
    package init?(_ text: String) {
        guard Self.isPlain(text), text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            return nil
        }
        self.text = text
    }

    /// Whether the rule covers a path. One that is not plain could mean another place than it
    /// seems to, and is covered by nothing. Links in the file system are followed.
    package func matches(_ path: String) -> Bool {
        guard Self.isPlain(path) else { return false }
        let wanted = Self.components(text)
        let given = Self.components(path)
        return wanted.count == given.count
            && zip(wanted, given).allSatisfy {
                Self.matches(Array($0.utf8)[...], Array($1.utf8)[...])
            }
    }

    private static func isPlain(_ path: String) -> Bool {
        path.hasPrefix("/") && components(path).allSatisfy { !["", ".", ".."].contains($0) }
    }

    private static func components(_ path: String) -> [Substring] {
        path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }

    /// Goes back to the last `*` only, so that a hostile path costs its length times the pattern's
    /// at most.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        let star = UInt8(ascii: "*")
        var (position, place) = (pattern.startIndex, text.startIndex)
        var retry: (position: Int, place: Int)?
        while place < text.endIndex {
            if position < pattern.endIndex, pattern[position] == star {
                retry = (position + 1, place)
                position += 1
            } else if position < pattern.endIndex, pattern[position] == text[place] {
                position += 1
                place += 1
            } else if let last = retry {
                retry = (last.position, last.place + 1)
                (position, place) = (last.position, last.place + 1)
            } else {
                return false
            }
        }
        return pattern[position...].allSatisfy { $0 == star }
    }
}

extension PathPattern: CustomStringConvertible {
    package var description: String { text }
}
