import Testing

@testable import Control

@Suite struct RecordCommentsTests {
    /// Reads records and comments (`#`), lets the former become `new`, and writes all.
    private func change(_ text: [String], to new: [String]) -> [String] {
        var comments: [Int: [String]] = [:]
        var old: [String] = []
        for line in text {
            if line.hasPrefix("#") {
                comments[old.count, default: []].append(line)
            } else {
                old.append(line)
            }
        }
        return RecordComments(comments).moved(from: old, to: new).between(new)
    }

    @Test(
        "each stays with its record, and none is lost",
        arguments: [
            (["a", "b"], ["#1", "a", "#2", "b", "#3"]),
            // Changed in its place.
            (["x", "b"], ["#1", "x", "#2", "b", "#3"]),
            (["a", "x"], ["#1", "a", "#2", "x", "#3"]),
            // Taken out.
            (["b"], ["#1", "#2", "b", "#3"]), (["a"], ["#1", "a", "#2", "#3"]),
            ([], ["#1", "#2", "#3"]),
            // Added.
            (["a", "b", "c"], ["#1", "a", "#2", "b", "#3", "c"]),
            (["c", "a", "b"], ["c", "#1", "a", "#2", "b", "#3"]),
            // Another order.
            (["b", "a"], ["#1", "b", "#2", "a", "#3"]),
            // All at once.
            (["x", "y", "z"], ["#1", "x", "#2", "y", "#3", "z"]), (["x"], ["#1", "x", "#2", "#3"]),
        ])
    func kept(new: [String], expected: [String]) {
        #expect(change(["#1", "a", "#2", "b", "#3"], to: new) == expected)
    }

    @Test("without comments there are records only")
    func none() {
        #expect(change(["a", "b"], to: ["b", "c"]) == ["b", "c"])
        #expect(change(["#1"], to: ["a"]) == ["#1", "a"])
    }
}
