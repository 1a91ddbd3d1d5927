import SRMUDP

/// The rendezvous servers of this home, as the file `servers` has them: those that it uses, and the
/// keys that were learned at first contact.
///
/// The first line is `p2pfwd servers 1`; each other one is a server, a comment (`#`) or empty:
///
///     place=rv.example:7070 id=p2p1... use=yes
///
/// A server whose key is not the one in the file is not talked to, whatever it says: either it was
/// set up anew, which its owner can tell, or somebody sits in between. The user may edit the file;
/// it is read and changed like the peers file.
package final class KnownServers {
    struct Entry: Equatable {
        let address: ServerAddress
        /// Whether nodes of this home register there without being told so.
        var isUsed: Bool
    }

    /// More servers are not remembered.
    static let limit = 256

    private let file: RecordFile<Entry>

    private static let header = "p2pfwd servers 1"

    /// - Throws: what is wrong with the file; that there is none yet is not an error.
    package init(file: DurableFile) throws(FileError) {
        self.file = try RecordFile(
            file: file, header: Self.header, parse: Self.parse, line: Self.line)
    }

    /// The servers that this home uses, with their keys where they are known.
    package var used: [ServerAddress] { file.records.filter(\.isUsed).map(\.address) }

    /// - Returns: whether anything was read.
    /// - Throws: what is wrong with the file; the servers stay as they were.
    @discardableResult
    package func reloadIfChanged() throws(FileError) -> Bool { try file.reloadIfChanged() }

    /// The key that the server must have: the one that its address pins, or the one learned before;
    /// nil before the first contact.
    ///
    /// - Throws: `keyChanged` if the two differ.
    package func key(of address: ServerAddress) throws(KnownServersError) -> PublicKey? {
        let known = entry(of: address)?.address.publicKey
        guard let pinned = address.publicKey else { return known }
        if let known, known != pinned { throw keyChanged(address) }
        return pinned
    }

    /// Remembers the key that the server showed.
    ///
    /// - Throws: `keyChanged` if it is not the one that the address pins or that is known.
    package func learned(
        _ key: PublicKey, of address: ServerAddress
    ) throws(KnownServersError) {
        if let pinned = address.publicKey, pinned != key { throw .wrongKey(place: address.place) }
        do throws(FileError) { try reloadIfChanged() } catch { throw .file(error) }
        if let known = entry(of: address)?.address.publicKey {
            guard known == key else { throw keyChanged(address) }
            return
        }
        try change { entries throws(KnownServersError) in
            guard let index = entries.firstIndex(where: { $0.address.place == address.place })
            else {
                return Self.append(Entry(address: address.pinned(to: key), isUsed: false), &entries)
            }
            // Another process may have been here in between.
            if let known = entries[index].address.publicKey, known != key {
                throw self.keyChanged(address)
            }
            entries[index] = Entry(address: address.pinned(to: key), isUsed: entries[index].isUsed)
        }
    }

    /// Has the nodes of this home register at the server from now on.
    ///
    /// - Throws: `keyChanged` if the address pins another key than the known one.
    package func use(_ address: ServerAddress) throws(KnownServersError) {
        do throws(FileError) { try reloadIfChanged() } catch { throw .file(error) }
        let key = try key(of: address)
        let wanted = Entry(address: key.map(address.pinned) ?? address, isUsed: true)
        guard entry(of: address) != wanted else { return }
        try change { entries throws(KnownServersError) in
            guard let index = entries.firstIndex(where: { $0.address.place == address.place })
            else { return Self.append(wanted, &entries) }
            entries[index] = wanted
        }
    }

    /// Forgets the server and its key.
    /// - Throws: `unknown`
    package func forget(_ address: ServerAddress) throws(KnownServersError) {
        try change { entries throws(KnownServersError) in
            guard let index = entries.firstIndex(where: { $0.address.place == address.place })
            else { throw .unknown(place: address.place) }
            entries.remove(at: index)
        }
    }

    // MARK: Parts

    private func entry(of address: ServerAddress) -> Entry? {
        file.records.first { $0.address.place == address.place }
    }

    /// When the file is full, a server that is not used makes room.
    private static func append(_ entry: Entry, _ entries: inout [Entry]) {
        if entries.count >= limit, let oldest = entries.firstIndex(where: { !$0.isUsed }) {
            entries.remove(at: oldest)
        }
        entries.append(entry)
    }

    private func change(
        _ body: (inout [Entry]) throws(KnownServersError) -> Void
    ) throws(KnownServersError) {
        try file.change(KnownServersError.file, body)
    }

    /// Names the line, for who must decide whether it is to go.
    private func keyChanged(_ address: ServerAddress) -> KnownServersError {
        var line = 0
        do throws(FileError) {
            if let bytes = try file.file.read() {
                let text = try TextLines(bytes, header: Self.header, path: file.file.path)
                line =
                    text.lines.first { $0.text.hasPrefix("place=\(address.place) ") }?.number ?? 0
            }
        } catch {
            return .file(error)
        }
        return .keyChanged(place: address.place, path: file.file.path, line: line)
    }

    private static func line(_ entry: Entry) -> String {
        let id = entry.address.publicKey.map { " id=\(NodeID($0))" } ?? ""
        return "place=\(entry.address.place)\(id) use=\(entry.isUsed ? "yes" : "no")"
    }

    private static func parse(
        _ line: String, after entries: [Entry]
    ) throws(TextLines.Complaint) -> Entry {
        let fields = try TextLines.fields(line, known: ["place", "id", "use"])
        guard let place = fields["place"] else { throw .init("the field 'place' is missing") }
        let address: ServerAddress
        do throws(ServerAddressError) {
            address = try ServerAddress(place + (fields["id"].map { "#" + $0 } ?? ""))
        } catch {
            throw .init(error.description)
        }
        guard !place.contains("#") else { throw .init("the ID belongs into the field 'id'") }
        guard !entries.contains(where: { $0.address.place == address.place }) else {
            throw .init("the server '\(address.place)' stands twice")
        }
        switch fields["use"] {
        case "yes": return Entry(address: address, isUsed: true)
        case "no", nil: return Entry(address: address, isUsed: false)
        case .some(let word): throw .init("'use=\(word.prefix(20))' is neither yes nor no")
        }
    }
}

/// Why a rendezvous server is not talked to.
package enum KnownServersError: Error, Equatable {
    /// It has another key than the file says; `line` is 0 if it is not there any more.
    case keyChanged(place: String, path: String, line: Int)
    /// It has another key than its address pins.
    case wrongKey(place: String)
    case unknown(place: String)
    case file(FileError)
}

extension KnownServersError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .keyChanged(let place, let path, let line):
            "THE KEY OF \(place) HAS CHANGED: it is not the one in \(path):\(line), which was learned "
                + "before; somebody may sit in between"
        case .wrongKey(let place):
            "\(place) HAS ANOTHER KEY than its address says; somebody may sit in between"
        case .unknown(let place): "the server \(place) is not known"
        case .file(let error): error.description
        }
    }

    package var hint: String? {
        switch self {
        case .keyChanged(_, let path, let line):
            "if its owner says that it was set up anew, remove line \(line) of \(path)"
        case .wrongKey: "ask the server's owner for its ID"
        case .unknown: nil
        case .file(let error): error.hint
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .keyChanged, .wrongKey: .peerRefused
        case .unknown: .failure
        case .file(let error): error.exitCode
        }
    }
}

extension CommandError {
    package init(_ what: String, _ error: KnownServersError) {
        self.init(what, error.description, hint: error.hint, error.exitCode)
    }
}
