import SRMUDP

/// Reads requests one after the other as a server does: each its head, and when somebody has said
/// how long it may be, its body.
///
///     step ──▸ head ──▸ expectBody ──▸ step ──▸ body ──▸ step ──▸ head of the next one ...
package struct HTTPRequestReader {
    package enum Step: Equatable {
        /// More bytes must come first.
        case incomplete
        /// A head; `expectBody` is to follow.
        case head(HTTPRequestHead)
        /// The whole body of the request.
        case body([UInt8])
    }

    private enum State {
        case head
        /// `expectBody` is waited for.
        case decision(bodyLength: Int?)
        case body
    }

    private var state = State.head
    private var headReader = HTTPHeadReader()
    /// Only in `body`.
    private var bodyReader: HTTPBodyReader?
    /// Whether an empty line may stand before the next request (RFC 9112 section 2.2).
    private var mayBeginEmpty = true

    package init() {}

    /// Whether not a byte of the next request has come.
    package var isIdle: Bool {
        if case .head = state { headReader.isEmpty } else { false }
    }

    /// How much of a body there is; nil while there is no body to be read.
    package var bodyCount: Int? { bodyReader?.bytes.count }

    /// Takes what waits in `queue` up to the end of a head or a body.
    package mutating func step(_ queue: inout ByteQueue) throws(HTTPRequestError) -> Step {
        switch state {
        case .head:
            guard let head = try takeHead(&queue) else { return .incomplete }
            return .head(head)
        case .decision: preconditionFailure("expectBody comes first")
        case .body:
            try bodyReader?.receive(from: &queue)
            guard let body = bodyReader, body.isDone else { return .incomplete }
            state = .head
            bodyReader = nil
            mayBeginEmpty = true
            return .body(body.bytes)
        }
    }

    /// Goes on behind a head.
    ///
    /// - Parameter limit: of the body's bytes.
    package mutating func expectBody(limit: Int) throws(HTTPRequestError) {
        guard case .decision(let length) = state else { preconditionFailure("a head comes first") }
        bodyReader = try HTTPBodyReader(length: length, limit: limit)
        state = .body
    }

    private mutating func takeHead(
        _ queue: inout ByteQueue
    ) throws(HTTPRequestError) -> HTTPRequestHead? {
        if headReader.isEmpty, mayBeginEmpty, !queue.isEmpty, queue[0] == 0x0d {
            guard queue.count >= 2 else { return nil }
            if queue[1] == 0x0a { queue.skip(2) }
            mayBeginEmpty = false
        }
        let head: HTTPRequestHead
        do throws(HTTPHeadError) {
            try headReader.receive(from: &queue)
            guard headReader.isComplete else { return nil }
            head = try headReader.request()
            state = .decision(
                bodyLength: try head.fields.bodyLength(minorVersion: head.minorVersion))
        } catch {
            throw .head(error)
        }
        headReader = HTTPHeadReader()
        return try Self.checked(head)
    }

    /// The head with a path for a target; a URL there says which host is meant (RFC 9112 section
    /// 3.2.2).
    private static func checked(_ head: HTTPRequestHead) throws(HTTPRequestError) -> HTTPRequestHead
    {
        let codings = head.fields.elements("Transfer-Encoding")
        if !head.fields.values("Transfer-Encoding").isEmpty {
            guard codings.count == 1, HTTPFields.isSame(codings[0], "chunked") else {
                throw .unknownCoding
            }
        }
        let expectations = head.fields.elements("Expect")
        guard expectations.allSatisfy({ HTTPFields.isSame($0, "100-continue") }) else {
            throw .unknownExpectation
        }
        if head.target.hasPrefix("/") || head.target == "*" && head.method == "OPTIONS" {
            return head
        }
        for scheme in ["http://", "https://"]
        where HTTPFields.isSame(String(head.target.prefix(scheme.count)), scheme) {
            let rest = head.target.dropFirst(scheme.count)
            let host = rest.prefix { $0 != "/" && $0 != "?" }
            guard HTTPHeadReader.isHost(host) else { throw .malformedTarget }
            let path = rest[host.endIndex...]
            return HTTPRequestHead(
                method: head.method, target: path.hasPrefix("/") ? String(path) : "/\(path)",
                minorVersion: head.minorVersion,
                fields: head.fields.replacing("Host", with: String(host)))
        }
        throw .malformedTarget
    }
}
