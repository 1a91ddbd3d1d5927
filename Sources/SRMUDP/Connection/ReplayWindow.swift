/// Remembers which of the newest packet numbers were accepted, so that none is accepted twice.
///
/// A ring of bits as in RFC 6479: 8192 of them, of which the word being refilled does not count.
/// Numbers below the window are refused.
struct ReplayWindow {
    private static let wordCount: UInt64 = 128
    /// How far below the newest number a packet may still be accepted.
    static let size = (wordCount - 1) * 64

    private var words = [UInt64](repeating: 0, count: Int(wordCount))
    /// One above the newest accepted number; zero before the first.
    private(set) var next: UInt64 = 0

    /// Before the first packet.
    init() {}

    /// All numbers below `next` count as used: those that were not, and come late, are lost.
    init(next: UInt64) {
        words = [UInt64](repeating: .max, count: Int(Self.wordCount))
        self.next = next
        // The rest of the newest word is still free.
        if next % 64 > 0 { words[wordIndex(next)] = bit(next) - 1 }
    }

    /// Whether a packet of this number would be new. Asked before its tag is checked.
    func accepts(_ number: UInt64) -> Bool {
        if number >= next { return true }
        guard next - number <= Self.size else { return false }
        return words[wordIndex(number)] & bit(number) == 0
    }

    /// Records the number of a packet whose tag was right and that `accepts` let pass.
    /// - Returns: whether it is the newest so far.
    @discardableResult
    mutating func insert(_ number: UInt64) -> Bool {
        let isNewest = number >= next
        if number >= next {
            let newest = next == 0 ? 0 : next - 1
            let steps = min(number / 64 - newest / 64, Self.wordCount)
            for step in 0..<steps { words[Int((number / 64 - step) % Self.wordCount)] = 0 }
            next = number + 1
        }
        words[wordIndex(number)] |= bit(number)
        return isNewest
    }

    private func wordIndex(_ number: UInt64) -> Int { Int(number / 64 % Self.wordCount) }
    private func bit(_ number: UInt64) -> UInt64 { 1 << (number % 64) }
}
