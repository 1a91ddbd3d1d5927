/// The lines that were typed in earlier shells of this home, and those of this one.
///
/// The file holds one line each, the oldest first, at most 1,000 of at most 1,000 bytes. Lines that
/// may hold a code or a ticket, and those that begin with a blank, are not kept.
struct ShellHistory {
    static let limit = 1_000
    static let lineLimit = 1_000

    /// The oldest first.
    private(set) var lines: [String] = []
    private var added: [String] = []
    private let file: DurableFile

    /// - Throws: where the file cannot be read, or is open to others.
    init(file: DurableFile) throws(FileError) {
        self.file = file
        lines = try Self.read(file)
    }

    /// - Returns: whether the line is worth being offered again.
    mutating func add(_ line: String) -> Bool {
        guard Self.isKept(line), line != lines.last else { return false }
        lines.append(line)
        added.append(line)
        return true
    }

    /// Puts the lines of this shell behind what the file holds by now: others may have written.
    func save() throws(FileError) {
        guard !added.isEmpty else { return }
        try file.whileLocked({ $0 }) { () throws(FileError) in
            let all = (try Self.read(file) + added).suffix(Self.limit)
            try file.replace(with: [UInt8](all.map { "\($0)\n" }.joined().utf8))
        }
    }

    private static func read(_ file: DurableFile) throws(FileError) -> [String] {
        let text = String(decoding: try file.read() ?? [], as: UTF8.self)
        return text.split(separator: "\n").map(String.init).filter(isKept).suffix(limit)
    }

    private static func isKept(_ line: String) -> Bool {
        guard let first = line.first, first != " ", first != "\t",
            line.utf8.count <= lineLimit,
            !line.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f })
        else { return false }
        let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
        return words[0] != "pair" || words.count == 1
    }
}
