import Forwarding
internal import Glibc
import SRMUDP

/// Whose socket is at the other end of a TCP connection within this machine.
///
/// That a connection comes over loopback says little: every user of the machine can open one. The
/// system's tables of connections (proc(5), /proc/net/tcp and tcp6) have the other end in a row of
/// its own, with the user who opened it:
///
///     sl  local_address remote_address st queues timer retransmits uid timeout inode ...
///      0: 0100007F:1F90 0100007F:A2B4  01 ...                      1000       0 51234 ...
///
/// Addresses are 32-bit words of the machine's byte order in hexadecimal. A socket that its process
/// has closed already is nobody's, and stands there with the number of root: such rows have another
/// state than 01 (established), or no inode, and do not count. Neither does a socket of this very
/// process, which is one that a peer has it connect.
package enum LocalCaller {
    /// What a row says of the socket at the other end.
    struct Socket: Equatable {
        let userID: UInt32
        let inode: UInt64
    }

    /// More of a table is not read; so many connections take about 100,000 rows.
    private static let tableLimit = 16 << 20
    private static let lineLimit = 512
    private static let tables = ["/proc/net/tcp", "/proc/net/tcp6"]

    /// Whether the socket at the other end, if it is one of this machine, belongs to another process
    /// of this user, or to one of root.
    ///
    /// - Parameters:
    ///   - peer: the address of the other end.
    ///   - local: that of ours.
    package static func isTrusted(peer: SocketAddress, local: SocketAddress) -> Bool {
        guard peer.ip.isLoopback, local.ip.isLoopback else { return false }
        for table in tables {
            if let socket = socket(from: peer, to: local, inTableAt: table) {
                return [0, geteuid()].contains(socket.userID) && !isOwn(socket)
            }
        }
        return false
    }

    /// Whether this process has the socket.
    private static func isOwn(_ socket: Socket) -> Bool {
        guard let folder = opendir("/proc/self/fd") else { return true }
        defer { closedir(folder) }
        let number = dirfd(folder)
        while let entry = readdir(folder) {
            var status = stat()
            let matches = withUnsafePointer(to: &entry.pointee.d_name) { name in
                name.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                    fstatat(number, name, &status, 0) == 0 && status.st_mode & S_IFMT == S_IFSOCK
                        && UInt64(status.st_ino) == socket.inode
                }
            }
            if matches { return true }
        }
        return false
    }

    /// The first row that has this connection from `peer`'s side; nil if there is none.
    static func socket(
        from peer: SocketAddress, to local: SocketAddress, inTableAt path: String
    ) -> Socket? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var search = Search(peer: peer, local: local)
        var part = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while total < tableLimit {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            total += count
            if let socket = search.take(part[..<count]) { return socket }
        }
        return nil
    }

    /// Goes over a table part by part.
    struct Search {
        let peer: SocketAddress
        let local: SocketAddress
        private var line: [UInt8] = []

        init(peer: SocketAddress, local: SocketAddress) {
            self.peer = peer
            self.local = local
        }

        /// - Returns: what the row says, when it is found.
        mutating func take(_ bytes: ArraySlice<UInt8>) -> Socket? {
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    if line.count < LocalCaller.lineLimit { line.append(byte) }
                    continue
                }
                defer { line.removeAll(keepingCapacity: true) }
                if let socket = socket() { return socket }
            }
            return nil
        }

        private func socket() -> Socket? {
            let words = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
                .map { String(decoding: $0, as: UTF8.self) }
            guard words.count >= 10, words[3] == "01",
                LocalCaller.address(words[1]) == peer, LocalCaller.address(words[2]) == local,
                let user = UInt32(words[7]), let inode = UInt64(words[9]), inode != 0
            else { return nil }
            return Socket(userID: user, inode: inode)
        }
    }

    /// `0100007F:1F90`, or with 32 digits before the colon.
    static func address(_ text: String) -> SocketAddress? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == 4, let port = UInt16(parts[1], radix: 16),
            [8, 32].contains(parts[0].utf8.count)
        else { return nil }
        var bytes: [UInt8] = []
        var rest = parts[0]
        while !rest.isEmpty {
            guard let word = UInt32(rest.prefix(8), radix: 16) else { return nil }
            rest = rest.dropFirst(8)
            // As it lies in memory it is in the order of the network.
            let ordered = UInt32(bigEndian: word)
            bytes += (0..<4).map { UInt8(truncatingIfNeeded: ordered >> (24 - 8 * $0)) }
        }
        return IPAddress(bytes: bytes).map { SocketAddress($0, port: port) }
    }
}
