/// The lines of a text file of ours, checked to be what we write: UTF-8 without byte order mark,
/// every line ended by one line feed, no other control characters, a known first line.
struct TextLines {
    /// The lines behind the first one, numbered as an editor numbers them.
    private(set) var lines: [(number: Int, text: String)] = []
    /// Comments and empty lines, by how many of `lines` stand before them.
    private(set) var comments: [Int: [String]] = [:]

    /// - Parameters:
    ///   - header: what the first line must be.
    ///   - path: named in errors.
    /// - Throws: `FileError.damaged`
    init(_ bytes: [UInt8], header: String, path: String) throws(FileError) {
        func damaged(_ line: Int, _ reason: String) -> FileError {
            .damaged(path: path, line: line, reason: reason)
        }
        guard !bytes.isEmpty else { throw damaged(0, "the file is empty") }
        guard bytes.last == UInt8(ascii: "\n") else {
            throw damaged(0, "the file is damaged: its last line is not complete")
        }
        let parts = bytes.dropLast().split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let number = index + 1
            if let column = part.firstIndex(where: { $0 < 0x20 || $0 == 0x7f }) {
                let reason =
                    part[column] == UInt8(ascii: "\r")
                    ? "a carriage return ends the line; save the file with UNIX line ends"
                    : "a control character in column \(column - part.startIndex + 1)"
                throw damaged(number, reason)
            }
            guard let text = String(validating: part, as: UTF8.self) else {
                throw damaged(number, "not valid UTF-8")
            }
            if number == 1 {
                guard text == header else { throw damaged(1, "the first line is not '\(header)'") }
            } else if text.isEmpty || text.hasPrefix("#") {
                comments[lines.count, default: []].append(text)
            } else {
                lines.append((number, text))
            }
        }
    }

    /// Splits `name=value` fields separated by blanks.
    ///
    /// - Throws: the reason, for a field without `=`, an unknown name, or a name given twice.
    static func fields(
        _ text: String, known: Set<String>
    ) throws(Complaint) -> [String: String] {
        var fields: [String: String] = [:]
        for part in text.split(separator: " ") {
            guard let equals = part.firstIndex(of: "=") else {
                throw Complaint("'\(part.prefix(20))' is not of the form name=value")
            }
            let name = String(part[..<equals])
            guard known.contains(name) else {
                throw Complaint("unknown field '\(name.prefix(20))'")
            }
            guard fields[name] == nil else { throw Complaint("field '\(name)' stands twice") }
            fields[name] = String(part[part.index(after: equals)...])
        }
        return fields
    }

    /// What is wrong with a line, as the part of a sentence.
    struct Complaint: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }
}
