/// A text file that several processes share: a header, then a record a line.
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

    func change(_ body: (inout [Record]) throws(PeerError) -> Void) throws(PeerError) {
        try file.whileLocked(PeerError.file) { () throws(PeerError) in
            do throws(FileError) { _ = try reloadIfChanged() } catch { throw .file(error) }
            var changed = records
            try body(&changed)
            do throws(FileError) {
                let lines = [header] + changed.map(line)
                try file.replace(with: [UInt8]((lines.joined(separator: "\n") + "\n").utf8))
                stamp = try file.stamp()
            } catch {
                throw .file(error)
            }
            records = changed
        }
    }

    private func load() throws(FileError) {
        let newStamp = try file.stamp()
        var loaded: [Record] = []
        if let bytes = try file.read() {
            let text = try TextLines(bytes, header: header, path: file.path)
            for line in text.lines {
                do throws(TextLines.Complaint) {
                    loaded.append(try parse(line.text, loaded))
                } catch {
                    throw .damaged(path: file.path, line: line.number, reason: error.reason)
                }
            }
        }
        records = loaded
        stamp = newStamp
    }
}
