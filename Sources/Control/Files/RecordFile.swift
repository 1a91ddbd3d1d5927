/// A text file that several processes share: a header, then a record a line, with comments.
///
/// It is read again when another process changed it, and refused whole if one line is wrong, with
/// the old records kept. A change is made under a lock that all processes respect, from what the
/// file holds at that moment; when it returns, it is on disk.
final class RecordFile<Record> {
    private(set) var records: [Record] = []

    let file: DurableFile
    private let header: String
    private let parse: (String, [Record]) throws(TextLines.Complaint) -> Record
    private let line: (Record) -> String
    private var comments = RecordComments()
    private var stamp: DurableFile.Stamp?

    /// - Parameters:
    ///   - parse: reads one line; is given the records before it.
    ///   - line: writes a record, without the end of the line.
    /// - Throws: what is wrong with the file; that there is none yet is not an error.
    init(
        file: DurableFile, header: String,
        parse: @escaping (String, [Record]) throws(TextLines.Complaint) -> Record,
        line: @escaping (Record) -> String
    ) throws(FileError) {
        self.file = file
        self.header = header
        self.parse = parse
        self.line = line
        try load()
    }

    /// - Returns: whether anything was read.
    /// - Throws: what is wrong with the file; the records stay as they were.
    func reloadIfChanged() throws(FileError) -> Bool {
        guard try file.stamp() != stamp else { return false }
        try load()
        return true
    }

    func change(_ body: (inout [Record]) -> Void) throws(FileError) {
        try change({ $0 }) { records throws(FileError) in body(&records) }
    }

    /// - Parameters:
    ///   - wrap: makes the body's error out of one of the file.
    ///   - body: changes the records; where it throws, nothing is changed.
    func change<Failure: Error>(
        _ wrap: (FileError) -> Failure, _ body: (inout [Record]) throws(Failure) -> Void
    ) throws(Failure) {
        try file.whileLocked(wrap) { () throws(Failure) in
            do throws(FileError) { _ = try reloadIfChanged() } catch { throw wrap(error) }
            var changed = records
            try body(&changed)
            do throws(FileError) { try write(changed) } catch { throw wrap(error) }
        }
    }

    private func write(_ changed: [Record]) throws(FileError) {
        let lines = changed.map(line)
        let kept = comments.moved(from: records.map(line), to: lines)
        let text = ([header] + kept.between(lines)).joined(separator: "\n") + "\n"
        try file.replace(with: [UInt8](text.utf8))
        stamp = try file.stamp()
        records = changed
        comments = kept
    }

    private func load() throws(FileError) {
        let newStamp = try file.stamp()
        var loaded: [Record] = []
        var found = RecordComments()
        if let bytes = try file.read() {
            let text = try TextLines(bytes, header: header, path: file.path)
            for line in text.lines {
                do throws(TextLines.Complaint) {
                    loaded.append(try parse(line.text, loaded))
                } catch {
                    throw .damaged(path: file.path, line: line.number, reason: error.reason)
                }
            }
            found = RecordComments(text.comments)
        }
        records = loaded
        comments = found
        stamp = newStamp
    }
}
