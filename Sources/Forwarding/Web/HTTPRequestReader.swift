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
        case head(HTTPHeadReader)
        /// `expectBody` is waited for.
        case decision(HTTPRequestHead)
        case body(HTTPBodyReader)
    }

    private var state = State.head(HTTPHeadReader())

    package init() {}

    /// Whether not a byte of the next request has come.
    package var isIdle: Bool {
        if case .head(let reader) = state { reader.isEmpty } else { false }
    }

    /// How much of a body there is; nil while there is no body to be read.
    package var bodyCount: Int? {
        if case .body(let reader) = state { reader.bytes.count } else { nil }
    }

    /// Takes what waits in `queue` up to the end of a head or a body.
    package mutating func step(_ queue: inout ByteQueue) throws(HTTPRequestError) -> Step {
        switch state {
        case .head(var reader):
            // Empty lines before a request are passed over (RFC 9112 section 2.2), two at most.
            if reader.isEmpty { Self.skipEmptyLine(&queue) }
            let head: HTTPRequestHead
            do throws(HTTPHeadError) {
                try reader.receive(from: &queue)
                guard reader.isComplete else {
                    state = .head(reader)
                    return .incomplete
                }
                head = try reader.request()
            } catch {
                throw .head(error)
            }
            let checked = try Self.checked(head)
            state = .decision(checked)
            return .head(checked)
        case .decision: preconditionFailure("expectBody comes first")
        case .body(var reader):
            try reader.receive(from: &queue)
            guard reader.isDone else {
                state = .body(reader)
                return .incomplete
            }
            state = .head(HTTPHeadReader())
            return .body(reader.bytes)
        }
    }

    /// Goes on behind a head.
    ///
    /// - Parameter limit: of the body's bytes.
    package mutating func expectBody(limit: Int) throws(HTTPRequestError) {
        guard case .decision(let head) = state else { preconditionFailure("a head comes first") }
        let length: Int?
        do throws(HTTPHeadError) {
            length = try head.fields.bodyLength(minorVersion: head.minorVersion)
        } catch {
            throw .head(error)
        }
        state = .body(try HTTPBodyReader(length: length, limit: limit))
    }

    private static func skipEmptyLine(_ queue: inout ByteQueue) {
        if queue.count >= 2, queue[0] == 0x0d, queue[1] == 0x0a { queue.skip(2) }
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
