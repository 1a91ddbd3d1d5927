/// The comments and empty lines of a `RecordFile`, which stay when its records change: each above the
/// record that it stood above.
struct RecordComments: Equatable {
    /// By the number of records that stand before them.
    private var lines: [Int: [String]]

    init(_ lines: [Int: [String]] = [:]) { self.lines = lines }

    /// All the lines of the file, with those of its records.
    func between(_ records: [String]) -> [String] {
        guard !lines.isEmpty else { return records }
        var all: [String] = []
        for (index, record) in records.enumerated() { all += lines[index, default: []] + [record] }
        return all + lines[records.count, default: []]
    }

    /// As they are to stand after `old` became `new`: what is the same before and behind the change
    /// keeps its comments, and inside of it they keep their order, as far as there are records left.
    func moved(from old: [String], to new: [String]) -> RecordComments {
        guard !lines.isEmpty else { return self }
        let before = Self.commonCount(old, new)
        let behind = Self.commonCount(
            old.dropFirst(before).reversed(), new.dropFirst(before).reversed())
        var moved: [Int: [String]] = [:]
        for (index, comments) in lines.sorted(by: { $0.key < $1.key }) {
            let isBehind = behind > 0 && index >= old.count - behind
            let place = isBehind ? index + new.count - old.count : min(index, new.count - behind)
            moved[place, default: []] += comments
        }
        return RecordComments(moved)
    }

    /// How many are the same at the beginning.
    private static func commonCount(
        _ old: some Sequence<String>, _ new: some Sequence<String>
    ) -> Int {
        zip(old, new).prefix { $0 == $1 }.count
    }
}
