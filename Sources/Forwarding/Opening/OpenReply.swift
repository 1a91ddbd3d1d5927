/// What the serving side answers to an `OpenRequest`: the first bytes of its direction.
///
///     offset  size  field
///     0       1     status
///     1       1     length of the detail, 0...255
///     2       n     detail for people, UTF-8
///
/// With status `connected` the far connection's data follow. With any other the stream ends
/// behind the reply, and the opener resets its TCP connection.
package struct OpenReply: Hashable, Sendable {
    package enum Status: UInt8, Sendable, CaseIterable {
        case connected = 0
        case generalFailure = 1
        case notPermitted = 2
        case networkUnreachable = 3
        case hostUnreachable = 4
        case refused = 5
        case timedOut = 6
        case nameNotFound = 7
        case badRequest = 8
        case tooManyRequests = 9
    }

    package let status: Status
    package let detail: String

    /// A detail longer than 255 bytes is cut at a character's border; control characters, which
    /// could play tricks with the terminal of who reads it, become spaces.
    package init(_ status: Status, detail: String = "") {
        self.status = status
        var kept = ""
        var length = 0
        for character in detail {
            let isControl = character.unicodeScalars.contains { scalar in
                scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value)
            }
            let shown = isControl ? " " : character
            length += shown.utf8.count
            if length > 255 { break }
            kept.append(shown)
        }
        self.detail = kept
    }

    package var encoded: [UInt8] {
        // The initialiser cut the detail so that its length fits into a byte.
        [status.rawValue, UInt8(detail.utf8.count)] + detail.utf8
    }
}

extension OpenReply.Status: CustomStringConvertible {
    package var description: String {
        switch self {
        case .connected: "connected"
        case .generalFailure: "failed"
        case .notPermitted: "not permitted"
        case .networkUnreachable: "network unreachable"
        case .hostUnreachable: "host unreachable"
        case .refused: "connection refused"
        case .timedOut: "timed out"
        case .nameNotFound: "name not found"
        case .badRequest: "bad request"
        case .tooManyRequests: "too many requests"
        }
    }
}

/// Reads an `OpenReply` byte by byte, so that it may arrive in any pieces.
package struct OpenReplyParser {
    package enum Failure: Error, Equatable {
        /// A status that this version does not know.
        case unknownStatus(UInt8)
        /// The detail is not UTF-8.
        case invalidDetail
    }

    /// What was received.
    private(set) var bytes: [UInt8] = []

    package init() {}

    /// Takes the next byte.
    /// - Returns: the reply with its last byte, nil before that.
    package mutating func receive(_ byte: UInt8) throws(Failure) -> OpenReply? {
        bytes.append(byte)
        guard let status = OpenReply.Status(rawValue: bytes[0]) else {
            throw .unknownStatus(bytes[0])
        }
        guard bytes.count >= 2, bytes.count == 2 + Int(bytes[1]) else { return nil }
        guard let detail = String(validating: bytes[2...], as: UTF8.self) else {
            throw .invalidDetail
        }
        return OpenReply(status, detail: detail)
    }
}
