/// Rows of words in columns, two blanks apart.
struct TextTable {
    private let header: [String]
    private var rows: [[String]] = []
    /// What stands in place of a table without rows.
    private let emptyText: String

    init(_ header: [String], empty: String) {
        self.header = header
        emptyText = empty
    }

    /// - Parameter row: one word for each column; an empty one is shown as `-`.
    mutating func append(_ row: [String]) {
        precondition(row.count == header.count, "a row has all columns")
        rows.append(row.map { $0.isEmpty ? "-" : $0 })
    }

    var lines: [String] {
        guard !rows.isEmpty else { return [emptyText] }
        let all = [header] + rows
        let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        return all.map { row in
            let words = zip(row, widths).map { $0.padded(to: $1) }
            let line = words.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
