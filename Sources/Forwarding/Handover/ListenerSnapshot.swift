import SRMUDP

/// The listeners of one forward, and the connections that were accepted and have no stream yet.
package struct ListenerSnapshot: Equatable {
    /// As it was asked for, by which the program that goes on finds it.
    let place: ListeningPlace
    /// Tells listeners of peers from each other, two of which may have been asked for in the same
    /// words; empty for those of our own forwards.
    var name: [UInt8] = []
    let descriptors: [Int32]
    let waiting: [SocketSnapshot]

    package var allDescriptors: [Int32] { descriptors + waiting.map(\.descriptor) }
}

/// Listeners of the program before, for the forwards that ask for the same places.
package final class InheritedListeners {
    private var listeners: [ListenerSnapshot]
    private let files: InheritedFiles

    package init(_ listeners: [ListenerSnapshot], files: InheritedFiles) {
        self.listeners = listeners
        self.files = files
    }

    /// The next listeners that were asked for in these words; nil if there are none, or not all of
    /// them were left.
    func take(_ place: ListeningPlace, named name: [UInt8]) -> ListenerSnapshot? {
        let index = listeners.firstIndex { $0.place == place && $0.name == name }
        guard let index else { return nil }
        let snapshot = listeners.remove(at: index)
        let isWhole =
            !snapshot.descriptors.isEmpty && snapshot.descriptors.allSatisfy(files.contains)
        return isWhole ? snapshot : nil
    }

    func file(_ number: Int32) -> FileDescriptor? { files.take(number) }

    func socket(_ snapshot: SocketSnapshot, loop: EventLoop) -> TCPSocket? {
        snapshot.take(from: files, loop: loop)
    }
}

extension ListenerSnapshot {
    private static let mostAddresses = 64
    private static let longestName = 64

    package func encode(into writer: inout SnapshotWriter) {
        switch place {
        case .addresses(let addresses):
            writer.write(false)
            writer.write(addresses) { $0.write($1) }
        case .file(let file):
            writer.write(true)
            writer.write(file.path.text)
            writer.write(UInt64(file.mask))
            writer.write(file.replacement.code)
        }
        writer.write(name)
        writer.write(descriptors) { $0.write(UInt64($1)) }
        writer.write(waiting) { $1.encode(into: &$0) }
    }

    package init(_ reader: inout ByteReader) throws(WireError) {
        place = try reader.readBool() ? try Self.file(&reader) : try Self.addresses(&reader)
        name = try reader.readSizedArray(limit: Self.longestName)
        var descriptors: [Int32] = []
        for _ in 0..<(try reader.readCount(ofSize: 8, limit: Self.mostAddresses)) {
            descriptors.append(try reader.readDescriptor())
        }
        self.descriptors = descriptors
        var waiting: [SocketSnapshot] = []
        for _ in 0..<(try reader.readCount(ofSize: 8 + ByteReader.addressLength)) {
            waiting.append(try SocketSnapshot(&reader))
        }
        self.waiting = waiting
    }

    private static func addresses(
        _ reader: inout ByteReader
    ) throws(WireError) -> ListeningPlace {
        let count = try reader.readCount(ofSize: ByteReader.addressLength, limit: mostAddresses)
        var addresses: [SocketAddress] = []
        for _ in 0..<count { addresses.append(try reader.readScopedAddress()) }
        return .addresses(addresses)
    }

    private static func file(_ reader: inout ByteReader) throws(WireError) -> ListeningPlace {
        guard let path = SocketPath(try reader.readText()),
            let mask = UInt32(exactly: try reader.readUInt64()),
            let replacement = SocketReplacement(code: try reader.readUInt8())
        else { throw .invalidValue }
        return .file(SocketFile(path: path, mask: mask, replacement: replacement))
    }
}

extension SocketReplacement {
    fileprivate var code: UInt8 {
        switch self {
        case .never: 0
        case .ifStale: 1
        case .always: 2
        }
    }

    fileprivate init?(code: UInt8) {
        switch code {
        case 0: self = .never
        case 1: self = .ifStale
        case 2: self = .always
        default: return nil
        }
    }
}
