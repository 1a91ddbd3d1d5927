/// Cuts a stream of bytes into lines that end with a line feed.
///
/// Bytes may come in any pieces. A line that is too long is noticed as soon as it is, so that no
/// more than the limit and what came along with it is ever held.
package struct LineFraming {
    package struct TooLong: Error, Equatable {
        package let limit: Int
    }

    /// The longest line in bytes, without its end.
    package let limit: Int
    private var bytes: [UInt8] = []
    /// Where the next line begins, and up to where there is surely no end of it.
    private var start = 0
    private var searched = 0

    package init(limit: Int) { self.limit = limit }

    /// How many bytes were not taken out yet.
    package var count: Int { bytes.count - start }
    package var isEmpty: Bool { count == 0 }

    package mutating func append(_ more: [UInt8]) {
        bytes.removeFirst(start)
        searched -= start
        start = 0
        bytes += more
    }

    /// Takes the next line out.
    ///
    /// - Returns: the line without its end; nil if none is complete.
    package mutating func next() throws(TooLong) -> [UInt8]? {
        let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n"))
        searched = end ?? bytes.count
        guard searched - start <= limit else { throw TooLong(limit: limit) }
        guard let end else { return nil }
        let line = [UInt8](bytes[start..<end])
        start = end + 1
        searched = start
        return line
    }

    /// Drops all that was not taken out.
    package mutating func clear() {
        bytes = []
        start = 0
        searched = 0
    }
}
