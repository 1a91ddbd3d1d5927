import Forwarding
internal import Glibc
import SRMUDP

/// What this program was left by the one that its process was before.
///
/// Whoever needs a part takes it; `closeRest` closes what nobody took.
package final class Inheritance {
    /// The variable of the environment with the number of the file in which everything stands.
    package static let variable = "P2PFWD_HANDOVER"

    let listeners: InheritedListeners
    let files: InheritedFiles
    private let snapshot: NodeSnapshot
    private var sessions: [NodeSnapshot.SessionEntry]
    /// Of the forwards, by their names. Both their flows and who makes them anew get them here.
    private let origins: [String: ForwardOrigin]

    private init(_ snapshot: NodeSnapshot) {
        self.snapshot = snapshot
        files = InheritedFiles(snapshot.descriptors)
        listeners = InheritedListeners(snapshot.listeners, files: files)
        sessions = snapshot.sessions
        origins = Dictionary(
            snapshot.origins.map { ($0.name, ForwardOrigin(restoring: $0)) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Nil if this program was started in the usual way.
    ///
    /// - Parameter report: is told if something was left and cannot be read. The program begins anew
    ///   then, like one that was restarted.
    package static func receive(report: (String) -> Void) -> Inheritance? {
        guard let text = getenv(variable).map({ String(cString: $0) }) else { return nil }
        // Nothing that is started from here shall take it for its own.
        unsetenv(variable)
        guard let number = Int32(text), number > STDERR_FILENO,
            FileDescriptor.setInherited(number, false)
        else {
            report("handover: \(variable)=\(text) names no open file; beginning anew")
            return nil
        }
        let file = MemoryFile(FileDescriptor(owning: number))
        do {
            var bytes = try file.take()
            defer { SnapshotWriter.wipe(&bytes) }
            return Inheritance(try NodeSnapshot(decoding: bytes))
        } catch {
            report("handover: what was left cannot be read (\(error)); beginning anew")
            return nil
        }
    }

    /// What whoever drove the node has left.
    var hostState: [UInt8] { snapshot.host }

    /// What went through the forward with this name; nil if there was none.
    func origin(_ name: String) -> ForwardOrigin? { origins[name] }

    /// The UDP socket; nil if it was not left, or taken already.
    func takeSocket() -> FileDescriptor? { files.take(snapshot.socket) }

    /// The sessions, once.
    func takeSessions() -> [NodeSnapshot.SessionEntry] {
        defer { sessions = [] }
        return sessions
    }

    func closeRest() { files.closeRest() }
}
