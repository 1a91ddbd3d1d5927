/// Takes the head of an HTTP/1 message out of a stream, byte by byte, and holds it to the strict form
/// of RFC 9112: what servers read in different ways is refused here.
///
///     start line CR LF
///     name: value CR LF       at most 64 times
///     CR LF                   in all at most 8192 bytes
///
/// The limits are those of what is addressed to us; who passes messages on may choose others.
/// Feed it with `receive` until `isComplete`; then read it as a request or a response.
package struct HTTPHeadReader {
    package static let lengthLimit = 8192
    package static let fieldLimit = 64

    private static let carriageReturn: UInt8 = 0x0d
    private static let lineFeed: UInt8 = 0x0a

    private let lengthLimit: Int
    private let fieldLimit: Int
    private var bytes: [UInt8] = []
    /// Where the lines are, without their ends.
    private var lines: [Range<Int>] = []
    private var lineStart = 0
    package private(set) var isComplete = false

    package init(lengthLimit: Int = Self.lengthLimit, fieldLimit: Int = Self.fieldLimit) {
        self.lengthLimit = lengthLimit
        self.fieldLimit = fieldLimit
    }

    /// Whether not a byte has been taken yet.
    package var isEmpty: Bool { bytes.isEmpty }

    /// The lines of the fields as they came, without their ends.
    package var fieldLines: [ArraySlice<UInt8>] { lines.dropFirst().map { bytes[$0] } }

    /// Takes bytes up to the end of the head.
    ///
    /// - Returns: how many; what follows them belongs to whatever follows the head.
    package mutating func receive(_ input: borrowing RawSpan) throws(HTTPHeadError) -> Int {
        var offset = 0
        while offset < input.byteCount, !isComplete {
            try take(input.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
            offset += 1
        }
        return offset
    }

    /// Takes bytes up to the end of the head out of `queue`.
    package mutating func receive(from queue: inout ByteQueue) throws(HTTPHeadError) {
        let count = try receive(queue.bytes)
        queue.skip(count)
    }

    /// The head as that of a request.
    package func request() throws(HTTPHeadError) -> HTTPRequestHead {
        precondition(isComplete, "the head is not complete")
        let words = bytes[lines[0]].split(separator: 0x20, omittingEmptySubsequences: false)
        guard words.count == 3, HTTPCharacters.isToken(words[0]), !words[1].isEmpty,
            words[1].allSatisfy({ $0 > 0x20 && $0 < 0x7f })
        else { throw .malformedStartLine }
        let minorVersion = try Self.minorVersion(words[2])
        let fields = try fields()
        let hosts = fields.values("Host")
        guard hosts.count <= 1 else { throw .duplicateHost }
        guard hosts.count == 1 || minorVersion == 0 else { throw .missingHost }
        guard hosts.allSatisfy(Self.isHost) else { throw .malformedHost }
        _ = try fields.bodyLength(minorVersion: minorVersion)
        return HTTPRequestHead(
            method: Self.text(words[0]), target: Self.text(words[1]), minorVersion: minorVersion,
            fields: fields)
    }

    /// The head as that of a response.
    package func response() throws(HTTPHeadError) -> HTTPResponseHead {
        precondition(isComplete, "the head is not complete")
        let words = bytes[lines[0]].split(
            separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[1].count == 3,
            words[1].allSatisfy({ (0x30...0x39).contains($0) }),
            let status = Int(Self.text(words[1])), status >= 100
        else { throw .malformedStartLine }
        return HTTPResponseHead(
            status: status, reason: words.count == 3 ? Self.text(words[2]) : "",
            minorVersion: try Self.minorVersion(words[0]), fields: try fields())
    }

    // MARK: Bytes

    private mutating func take(_ byte: UInt8) throws(HTTPHeadError) {
        guard bytes.count < lengthLimit else { throw .tooLong }
        let followsReturn = bytes.last == Self.carriageReturn
        if byte == Self.lineFeed {
            guard followsReturn else { throw .bareLineFeed }
            bytes.append(byte)
            return try endLine()
        }
        guard !followsReturn else { throw .bareCarriageReturn }
        if byte != Self.carriageReturn {
            guard HTTPCharacters.isFieldByte(byte) else { throw .controlCharacter }
            if bytes.count == lineStart, !lines.isEmpty, HTTPCharacters.isBlank(byte) {
                throw .foldedLine
            }
        }
        bytes.append(byte)
    }

    private mutating func endLine() throws(HTTPHeadError) {
        let line = lineStart..<bytes.count - 2
        lineStart = bytes.count
        if line.isEmpty {
            guard !lines.isEmpty else { throw .malformedStartLine }
            isComplete = true
            return
        }
        // The first line is none of the fields.
        guard lines.count <= fieldLimit else { throw .tooManyFields }
        lines.append(line)
    }

    // MARK: Lines

    private func fields() throws(HTTPHeadError) -> HTTPFields {
        var fields = HTTPFields()
        for line in lines.dropFirst() {
            let bytes = bytes[line]
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
                HTTPCharacters.isToken(bytes[..<colon])
            else { throw .malformedField }
            fields.append(
                Self.text(bytes[..<colon]),
                Self.text(HTTPCharacters.trimmed(bytes[(colon + 1)...])))
        }
        return fields
    }

    private static func minorVersion(_ word: ArraySlice<UInt8>) throws(HTTPHeadError) -> Int {
        switch text(word) {
        case "HTTP/1.1": return 1
        case "HTTP/1.0": return 0
        case let text:
            let isVersion = text.hasPrefix("HTTP/") && text.utf8.count <= 16
            throw isVersion ? .unsupportedVersion : .malformedStartLine
        }
    }

    /// A name or an address, perhaps with a port: nothing that could be a path or a user.
    static func isHost(_ text: some StringProtocol) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                byte < 0x80 && (HTTPCharacters.isTokenByte(byte) || "[]:".utf8.contains(byte))
            }
    }

    /// What is not UTF-8 becomes a replacement character: no field that we read has such bytes.
    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(decoding: bytes, as: UTF8.self)
    }
}
