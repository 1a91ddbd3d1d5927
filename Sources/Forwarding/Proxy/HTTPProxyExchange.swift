import SRMUDP

/// One request of plain HTTP and its response, on their way through the proxy from queue to queue.
///
///     client  -- passRequest -->   server        the body; the head is in `request`
///     client  <-- passResponse --  server        heads of 1xx, the head, the body
///
/// Each call moves what it can up to a limit. The exchange is over when `isComplete`, or has become a
/// tunnel, in which bytes mean nothing to the proxy any more, when `isTunnel`.
package struct HTTPProxyExchange {
    private enum Response {
        case awaitingHead(HTTPHeadReader)
        case body(HTTPBody)
        case complete
        case tunnel
    }

    package let request: HTTPProxyRequest
    private var requestBody: HTTPBody
    private var response = Response.awaitingHead(HTTPAdmission.newReader)
    /// The client has been sent something of a final response.
    package private(set) var hasResponse = false
    /// The client was told that the connection ends behind the response, or can tell no other way.
    package private(set) var endsClient: Bool
    /// The server's connection can take another request.
    package private(set) var keepsServer = false

    package init(_ request: HTTPProxyRequest) {
        self.request = request
        requestBody = HTTPBody(request.body)
        endsClient = request.isLast
    }

    /// Whether the whole request has been passed on.
    package var isRequestComplete: Bool { requestBody.isComplete }

    package var isResponseComplete: Bool {
        switch response {
        case .complete: true
        case .awaitingHead, .body, .tunnel: false
        }
    }

    package var isTunnel: Bool {
        switch response {
        case .tunnel: true
        case .awaitingHead, .body, .complete: false
        }
    }

    package mutating func passRequest(
        _ input: inout ByteQueue, to output: inout ByteQueue, limit: Int
    ) throws(HTTPProxyExchangeError) {
        guard limit > 0 else { return }
        guard !isTunnel else { return input.move(min(limit, input.count), to: &output) }
        do throws(HTTPBodyError) {
            let offered = min(limit, input.count)
            let count = try requestBody.receive(input.bytes.extracting(0..<offered))
            input.move(count, to: &output)
        } catch {
            throw .malformedRequest
        }
    }

    package mutating func passResponse(
        _ input: inout ByteQueue, to output: inout ByteQueue, limit: Int
    ) throws(HTTPProxyExchangeError) {
        while !input.isEmpty {
            switch response {
            case .awaitingHead(var reader):
                do throws(HTTPHeadError) {
                    try reader.receive(from: &input)
                    response = .awaitingHead(reader)
                    guard reader.isComplete else { return }
                    try passHead(reader, to: &output)
                } catch {
                    throw .malformedHead(error)
                }
            case .body(var body):
                guard limit > output.count else { return }
                let offered = min(limit - output.count, input.count)
                do throws(HTTPBodyError) {
                    let count = try body.receive(input.bytes.extracting(0..<offered))
                    input.move(count, to: &output)
                } catch {
                    throw .malformedBody
                }
                response = body.isComplete ? .complete : .body(body)
            case .tunnel:
                return input.move(max(0, min(limit - output.count, input.count)), to: &output)
            case .complete:
                // What a server says behind its response belongs to nothing.
                keepsServer = false
                return input.skip(input.count)
            }
        }
    }

    /// The server has ended its direction.
    package mutating func serverEnded() throws(HTTPProxyExchangeError) {
        keepsServer = false
        switch response {
        case .complete, .tunnel: return
        case .body(let body) where body.endsWithConnection: response = .complete
        case .body, .awaitingHead: throw .truncated
        }
    }

    private mutating func passHead(
        _ reader: HTTPHeadReader, to output: inout ByteQueue
    ) throws(HTTPHeadError) {
        let head = try reader.response()
        if head.status == 101 {
            guard request.offersUpgrade else { throw .malformedStartLine }
            response = .tunnel
            hasResponse = true
        } else if head.status < 200 {
            response = .awaitingHead(HTTPAdmission.newReader)
        } else {
            let body = HTTPBody(try framing(of: head))
            endsClient = endsClient || body.endsWithConnection || head.minorVersion == 0
            keepsServer =
                !body.endsWithConnection && head.minorVersion == 1 && !request.isLast
                && !head.fields.hasToken("close", in: "Connection")
            response = body.isComplete ? .complete : .body(body)
            hasResponse = true
        }
        output.append(encoded(head, reader.fieldLines))
    }

    private func encoded(_ head: HTTPResponseHead, _ lines: [ArraySlice<UInt8>]) -> [UInt8] {
        let first = "HTTP/1.\(head.minorVersion) \(head.status) \(head.reason)\r\n"
        var bytes = first.utf8 + HopByHop.passing(lines, of: head.fields)
        if head.status == 101 {
            bytes += "Connection: Upgrade\r\n".utf8
        } else if head.status >= 200, endsClient {
            bytes += "Connection: close\r\n".utf8
        }
        return bytes + [0x0d, 0x0a]
    }

    private func framing(
        of head: HTTPResponseHead
    ) throws(HTTPHeadError) -> HTTPBody.Framing {
        // Whatever their fields say, these have none (RFC 9112 section 6.3).
        if request.isHead || head.status == 204 || head.status == 304 { return .length(0) }
        guard let length = try head.fields.bodyLength(minorVersion: head.minorVersion) else {
            return HTTPBody.isChunked(head.fields) ? .chunked : .untilEnd
        }
        return head.fields["Content-Length"] == nil ? .untilEnd : .length(length)
    }
}

/// Why an exchange cannot go on.
package enum HTTPProxyExchangeError: Error, Equatable {
    /// The body of the client's request.
    case malformedRequest
    case malformedHead(HTTPHeadError)
    case malformedBody
    /// The connection ended before the response.
    case truncated
}

extension HTTPProxyExchangeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .malformedRequest: "the body is malformed"
        case .malformedHead(let error): "the server's answer is not understood: \(error)"
        case .malformedBody: "the server's answer is malformed"
        case .truncated: "the server closed the connection without an answer"
        }
    }
}

extension ByteQueue {
    /// Appends the first `count` waiting bytes to `other` and drops them here.
    mutating func move(_ count: Int, to other: inout ByteQueue) {
        guard count > 0 else { return }
        other.append(bytes.extracting(0..<count))
        skip(count)
    }
}
