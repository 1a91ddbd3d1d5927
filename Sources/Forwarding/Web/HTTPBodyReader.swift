import SRMUDP

/// Reads the body of one request: a number of bytes, or chunks (RFC 9112 section 7.1).
///
///     size in hexadecimal, 1...8 digits [;extension] CR LF
///     bytes CR LF
///     ...
///     0 [;extension] CR LF
///     fields, thrown away, each with CR LF
///     CR LF
struct HTTPBodyReader {
    private enum State {
        case plain(missing: Int)
        case chunkSize
        case chunk(missing: Int)
        /// The end of line behind a chunk.
        case chunkEnd
        case trailer
        case done
    }

    /// What a line between chunks has at most.
    private static let lineLimit = 256
    /// What the fields behind the last chunk have at most.
    private static let trailerLimit = 4096

    private let limit: Int
    private var state: State
    private var line: [UInt8] = []
    private var trailerLength = 0
    private(set) var bytes: [UInt8] = []

    /// - Parameters:
    ///   - length: as announced; nil for chunks.
    ///   - limit: of the bytes.
    init(length: Int?, limit: Int) throws(HTTPRequestError) {
        guard length ?? 0 <= limit else { throw .bodyTooLong }
        self.limit = limit
        state = length.map { $0 == 0 ? .done : .plain(missing: $0) } ?? .chunkSize
    }

    var isDone: Bool {
        if case .done = state { true } else { false }
    }

    /// Takes bytes up to the end of the body.
    mutating func receive(from queue: inout ByteQueue) throws(HTTPRequestError) {
        while !isDone, !queue.isEmpty {
            switch state {
            case .plain(let missing):
                let count = min(missing, queue.count)
                bytes += queue.take(count)
                state = missing == count ? .done : .plain(missing: missing - count)
            case .chunk(let missing):
                let count = min(missing, queue.count)
                bytes += queue.take(count)
                state = missing == count ? .chunkEnd : .chunk(missing: missing - count)
            case .chunkSize:
                if try takeLine(from: &queue, limit: Self.lineLimit) { try beginChunk() }
            case .chunkEnd:
                guard try takeLine(from: &queue, limit: 2) else { continue }
                state = .chunkSize
            case .trailer:
                let room = Self.trailerLimit - trailerLength
                if try takeLine(from: &queue, limit: room) { try takeField() }
            case .done: break
            }
        }
    }

    /// Whether `line` has a whole line now, without its end.
    private mutating func takeLine(
        from queue: inout ByteQueue, limit: Int
    ) throws(HTTPRequestError) -> Bool {
        while !queue.isEmpty {
            let byte = queue[0]
            queue.skip(1)
            guard line.count < limit else { throw .malformedChunk }
            if byte == 0x0a {
                guard line.popLast() == 0x0d else { throw .malformedChunk }
                return true
            }
            guard line.last != 0x0d, byte == 0x0d || HTTPCharacters.isFieldByte(byte) else {
                throw .malformedChunk
            }
            line.append(byte)
        }
        return false
    }

    private mutating func beginChunk() throws(HTTPRequestError) {
        let digits = line.prefix { $0 != UInt8(ascii: ";") }
        guard (1...8).contains(digits.count), digits.allSatisfy(Self.isHexadecimal),
            let size = Int(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw .malformedChunk }
        guard size <= limit - bytes.count else { throw .bodyTooLong }
        line = []
        state = size == 0 ? .trailer : .chunk(missing: size)
    }

    private mutating func takeField() throws(HTTPRequestError) {
        trailerLength += line.count + 2
        if line.isEmpty {
            state = .done
            return
        }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
            HTTPCharacters.isToken(line[..<colon])
        else { throw .malformedChunk }
        line = []
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }
}
