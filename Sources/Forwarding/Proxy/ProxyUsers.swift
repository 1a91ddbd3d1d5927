import SRMUDP

/// Who may use a proxy port: pairs of user and password.
///
/// Only digests of the pairs are kept, and asking takes the same time whoever asks with whatever
/// password.
package struct ProxyUsers: Equatable {
    package static let limit = 1024

    private var digests: [SecretBytes] = []

    /// Those that the asker of a proxy names; nil for nobody, which in a request means everybody.
    package init?(_ digests: [ProxyUserDigest]) {
        if digests.isEmpty { return nil }
        self.digests = digests.map { SecretBytes($0.bytes) }
    }

    /// Reads a text with one `user:password` on each line.
    ///
    /// Empty lines, and those that begin with `#`, mean nothing. A user has no colon; both have 1 to
    /// 255 bytes, which is what SOCKS5 can carry (RFC 1929).
    package init(parsing text: [UInt8]) throws(ProxyUsersError) {
        let lines = text.split(separator: 0x0a, omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
            let line = line.last == 0x0d ? line.dropLast() : line
            guard let first = line.first, first != UInt8(ascii: "#") else { continue }
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
                throw .noColon(line: index + 1)
            }
            let user = [UInt8](line[..<colon])
            let password = [UInt8](line[(colon + 1)...])
            guard let digest = Self.digest(user, password) else {
                throw .badLength(line: index + 1)
            }
            guard digests.count < Self.limit else { throw .tooMany }
            digests.append(digest)
        }
        if digests.isEmpty { throw .nobody }
    }

    package var count: Int { digests.count }

    /// For a listener at the peer, which speaks with the clients there.
    package var transferable: [ProxyUserDigest] {
        digests.compactMap { ProxyUserDigest($0.exposed) }
    }

    package func admits(user: [UInt8], password: [UInt8]) -> Bool {
        guard let digest = Self.digest(user, password) else { return false }
        var isKnown = false
        // No early end: how long this takes must not tell who was found.
        for known in digests where known == digest { isKnown = true }
        return isKnown
    }

    /// Nil for a length that no pair may have. The user's length keeps `a` and `bc` from being the
    /// same as `ab` and `c`.
    private static func digest(_ user: [UInt8], _ password: [UInt8]) -> SecretBytes? {
        guard (1...255).contains(user.count), (1...255).contains(password.count) else {
            return nil
        }
        return SecretBytes(SHA256.digest([UInt8(user.count)], user, password))
    }
}

extension ProxyUsers: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// SHA-256 of one pair of user and password as it goes to a peer: of a byte with the user's length,
/// the user, and the password.
package struct ProxyUserDigest: Hashable, Sendable {
    package static let length = 32

    package let bytes: [UInt8]

    /// - Returns: nil for any other number of bytes than `length`.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }
}

extension ProxyUserDigest: CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What is wrong with a list of users. It repeats nothing of the text.
package enum ProxyUsersError: Error, Equatable, Sendable {
    case noColon(line: Int)
    case badLength(line: Int)
    case tooMany
    case nobody

    /// The line, counted from 1, where there is one.
    package var line: Int? {
        switch self {
        case .noColon(let line), .badLength(let line): line
        case .tooMany, .nobody: nil
        }
    }
}

extension ProxyUsersError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noColon: "a line is user:password"
        case .badLength: "user and password have 1 to 255 bytes each"
        case .tooMany: "there are more than \(ProxyUsers.limit) users"
        case .nobody: "there is no user in it"
        }
    }
}
