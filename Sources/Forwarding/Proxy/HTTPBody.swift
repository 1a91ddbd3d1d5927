/// Finds the end of a message's body (RFC 9112 sections 6 and 7) among the bytes that go by.
package struct HTTPBody: Equatable {
    package enum Framing: Equatable, Sendable {
        case length(Int)
        case chunked
        /// Everything up to the end of the connection; only of responses.
        case untilEnd
    }

    /// Where in the chunked coding the next byte stands:
    ///
    ///     size in hexadecimal [; extension] CR LF | so many bytes CR LF | ... | 0 CR LF
    ///     trailer lines, each with CR LF | CR LF
    private enum State: Equatable {
        case counted(Int)
        case chunkSize(value: Int, digits: Int)
        case chunkExtension(length: Int)
        case chunkSizeEnd(value: Int)
        case chunkData(Int)
        case chunkReturn
        case chunkEnd
        case trailer(length: Int, isLineEmpty: Bool)
        case trailerEnd(length: Int, isLineEmpty: Bool)
        case untilEnd
        case complete
    }

    /// What the extensions of one chunk, and all trailer lines, may have.
    private static let textLimit = 8192
    private static let carriageReturn: UInt8 = 0x0d
    private static let lineFeed: UInt8 = 0x0a

    private var state: State
    /// The size of the chunk whose first line is being read.
    private var chunkSize = 0

    package init(_ framing: Framing) {
        state =
            switch framing {
            case .length(let length): length == 0 ? .complete : .counted(length)
            case .chunked: .chunkSize(value: 0, digits: 0)
            case .untilEnd: .untilEnd
            }
    }

    package var isComplete: Bool { state == .complete }
    package var endsWithConnection: Bool { state == .untilEnd }

    /// Whether `chunked`, and nothing else, is how the body was coded.
    static func isChunked(_ fields: HTTPFields) -> Bool {
        let codings = fields.elements("Transfer-Encoding")
        return codings.count == 1 && HTTPFields.isSame(codings[0], "chunked")
    }

    /// Goes over the next bytes.
    ///
    /// - Returns: how many of them are of the body; all, unless it ends among them.
    package mutating func receive(_ bytes: borrowing RawSpan) throws(HTTPBodyError) -> Int {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.byteCount - offset
            switch state {
            case .complete: return offset
            case .untilEnd: return bytes.byteCount
            case .counted(let left):
                let count = min(left, rest)
                offset += count
                state = left == count ? .complete : .counted(left - count)
            case .chunkData(let left):
                let count = min(left, rest)
                offset += count
                state = left == count ? .chunkReturn : .chunkData(left - count)
            case .chunkSize, .chunkExtension, .chunkSizeEnd, .chunkReturn, .chunkEnd, .trailer,
                .trailerEnd:
                try take(bytes.unsafeLoad(fromByteOffset: offset, as: UInt8.self))
                offset += 1
            }
        }
        return offset
    }

    /// Takes a byte of the coding itself.
    private mutating func take(_ byte: UInt8) throws(HTTPBodyError) {
        switch state {
        case .chunkSize(let value, let digits):
            try takeSize(byte, value, digits)
        case .chunkExtension(let length):
            if byte == Self.carriageReturn {
                state = .chunkSizeEnd(value: chunkSize)
            } else {
                guard length < Self.textLimit, HTTPCharacters.isFieldByte(byte) else {
                    throw .malformedChunk
                }
                state = .chunkExtension(length: length + 1)
            }
        case .chunkSizeEnd(let value):
            guard byte == Self.lineFeed else { throw .malformedChunk }
            state = value == 0 ? .trailer(length: 0, isLineEmpty: true) : .chunkData(value)
        case .chunkReturn:
            guard byte == Self.carriageReturn else { throw .malformedChunk }
            state = .chunkEnd
        case .chunkEnd:
            guard byte == Self.lineFeed else { throw .malformedChunk }
            state = .chunkSize(value: 0, digits: 0)
        case .trailer(let length, let isLineEmpty):
            if byte == Self.carriageReturn {
                state = .trailerEnd(length: length, isLineEmpty: isLineEmpty)
            } else {
                guard length < Self.textLimit, HTTPCharacters.isFieldByte(byte) else {
                    throw .malformedChunk
                }
                state = .trailer(length: length + 1, isLineEmpty: false)
            }
        case .trailerEnd(let length, let isLineEmpty):
            guard byte == Self.lineFeed else { throw .malformedChunk }
            state = isLineEmpty ? .complete : .trailer(length: length, isLineEmpty: true)
        case .counted, .chunkData, .untilEnd, .complete:
            preconditionFailure("these are not read byte by byte")
        }
    }

    private mutating func takeSize(
        _ byte: UInt8, _ value: Int, _ digits: Int
    ) throws(HTTPBodyError) {
        if let digit = Self.hexadecimal(byte) {
            // Fifteen digits fit into 60 bits.
            guard digits < 15 else { throw .malformedChunk }
            state = .chunkSize(value: value << 4 | digit, digits: digits + 1)
            return
        }
        guard digits > 0 else { throw .malformedChunk }
        chunkSize = value
        switch byte {
        case Self.carriageReturn: state = .chunkSizeEnd(value: value)
        case UInt8(ascii: ";"), 0x20, 0x09: state = .chunkExtension(length: 0)
        default: throw .malformedChunk
        }
    }

    private static func hexadecimal(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }
}

/// Why the end of a body cannot be found.
package enum HTTPBodyError: Error, Equatable, Sendable {
    case malformedChunk
}
