import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct HTTPRequestReaderTests {
    private struct Request: Equatable {
        let head: HTTPRequestHead
        let body: [UInt8]
    }

    /// The requests in `text`, fed in pieces.
    private static func requests(
        _ text: String, limit: Int = 100, pieceLength: Int = .max
    ) throws(HTTPRequestError) -> [Request] {
        var reader = HTTPRequestReader()
        var queue = ByteQueue()
        var head: HTTPRequestHead?
        var requests: [Request] = []
        var rest = [UInt8](text.utf8)[...]
        while !rest.isEmpty {
            queue.append(Array(rest.prefix(pieceLength)))
            rest = rest.dropFirst(pieceLength)
            stepping: while true {
                switch try reader.step(&queue) {
                case .incomplete: break stepping
                case .head(let next):
                    try reader.expectBody(limit: limit)
                    head = next
                case .body(let body):
                    if let head { requests.append(Request(head: head, body: body)) }
                }
            }
        }
        return requests
    }

    private static func fault(_ text: String) -> HTTPRequestError? {
        do throws(HTTPRequestError) {
            _ = try requests(text)
            return nil
        } catch {
            return error
        }
    }

    private static let several =
        "\r\nGET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"
        + "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
        + "PUT http://other:80/d?e HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "4;name=\"v\"\r\nwxyz\r\n00A\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
        + "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test(
        "requests follow each other, with bodies of both kinds, however they are cut",
        arguments: [1, 2, 3, 7, 1000])
    func several(pieceLength: Int) throws {
        let requests = try Self.requests(Self.several, pieceLength: pieceLength)

        #expect(requests.map(\.head.method) == ["GET", "POST", "PUT", "OPTIONS"])
        #expect(requests.map(\.head.target) == ["/a?b", "/c", "/d?e", "*"])
        #expect(requests.map(\.head.fields["host"]) == ["x", "x", "other:80", "x"])
        #expect(
            requests.map { String(decoding: $0.body, as: UTF8.self) }
                == ["", "abc", "wxyz0123456789", ""])
    }

    private static func post(_ fields: String, version: String = "1.1") -> String {
        "POST / HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n\r\n"
    }

    private static let bad: [(String, HTTPRequestError)] = [
        ("GET / HTTP/1.1\nHost: a\r\n\r\n", .head(.bareLineFeed)),
        (post("B: \0"), .head(.controlCharacter)), (post(" b"), .head(.foldedLine)),
        ("GET / HTTP/1.1\r\n\r\n", .head(.missingHost)),
        (post("Host: a"), .head(.duplicateHost)),
        (post("A: b", version: "2.0"), .head(.unsupportedVersion)),
        ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .head(.malformedStartLine)),
        ("GET a HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget),
        ("GET * HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget),
        ("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget),
        ("GET http://u@b/ HTTP/1.1\r\nHost: a\r\n\r\n", .malformedTarget),
        (
            post("Content-Length: 3\r\nTransfer-Encoding: chunked"),
            .head(.contentLengthAndTransferEncoding)
        ),
        (post("Content-Length: +3"), .head(.malformedContentLength)),
        (post("Content-Length: 3\r\nContent-Length: 3"), .head(.malformedContentLength)),
        (post("Content-Length: 101"), .bodyTooLong),
        (
            post("Transfer-Encoding: chunked", version: "1.0"), .head(.transferEncodingInHTTP10)
        ),
        (post("Transfer-Encoding: gzip"), .unknownCoding),
        (post("Transfer-Encoding: chunked, chunked"), .unknownCoding),
        (post("Expect: miracles"), .unknownExpectation),
    ]

    @Test("row 46: what could be read in two ways, or is no request, is refused", arguments: bad)
    func faults(text: String, error: HTTPRequestError) {
        #expect(Self.fault(text) == error)
    }

    @Test(
        "chunks are well formed, or none",
        arguments: [
            "\r\n", "x\r\n", "-1\r\n", "0x1\r\n", "1 \r\na\r\n", "1\na\r\n", "1\r\nab\r\n",
            "1\r\na\n", "000000001\r\n", "FFFFFFFFFFFFFFFF\r\n", "1;\0\r\na\r\n", ";a\r\n",
            "0\r\nno field\r\n", "0\r\n: a\r\n", "0\r\n a: b\r\n", "1\r\r\n",
            "1;" + String(repeating: "e", count: 300) + "\r\n",
            "0\r\nA: " + String(repeating: "t", count: 5000) + "\r\n\r\n",
        ])
    func chunks(text: String) {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

        #expect(Self.fault(head + text) == .malformedChunk)
    }

    @Test("chunks beyond the limit are not read", arguments: ["65\r\n", "64\r\n", "ffffffff\r\n"])
    func longChunks(size: String) {
        let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

        #expect(Self.fault(head + "1\r\na\r\n" + size) == .bodyTooLong)
    }
}
