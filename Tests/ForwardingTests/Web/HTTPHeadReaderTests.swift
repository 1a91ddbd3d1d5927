import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct HTTPHeadReaderTests {
    private static func read(_ text: String) throws(HTTPHeadError) -> HTTPHeadReader {
        var reader = HTTPHeadReader()
        _ = try reader.receive([UInt8](text.utf8).span.bytes)
        return reader
    }

    /// What is wrong with a request, nil if nothing is.
    private static func fault(_ text: String) -> HTTPHeadError? {
        do throws(HTTPHeadError) {
            let reader = try read(text)
            guard reader.isComplete else { return nil }
            _ = try reader.request()
            return nil
        } catch {
            return error
        }
    }

    @Test("a request is read, and what follows it left alone")
    func request() throws {
        let text =
            "GET /v0/relay?a=b?c HTTP/1.1\r\nHost: [::1]:80\r\nX-Empty:\r\nA:  b c \t\r\n\r\n"
        var reader = HTTPHeadReader()
        let count = try reader.receive([UInt8]((text + "rest").utf8).span.bytes)

        let request = try reader.request()

        #expect(count == text.utf8.count)
        #expect(request.method == "GET")
        #expect(request.path == "/v0/relay")
        #expect(request.query == "a=b?c")
        #expect(request.minorVersion == 1)
        #expect(request.fields["host"] == "[::1]:80")
        #expect(request.fields["x-empty"] == "")
        #expect(request.fields["a"] == "b c")
        #expect(!request.hasBody)
    }

    @Test("pieces of any size make the same head")
    func pieces() throws {
        let bytes = [UInt8]("POST / HTTP/1.0\r\nContent-Length: 12\r\n\r\n".utf8)
        var reader = HTTPHeadReader()
        for byte in bytes {
            #expect(!reader.isComplete)
            let count = try reader.receive([byte].span.bytes)
            #expect(count == 1)
        }

        let request = try reader.request()

        #expect(reader.isComplete)
        #expect(request.hasBody)
        #expect(try request.fields.bodyLength(minorVersion: 0) == 12)
        #expect(request.encoded == bytes)
    }

    @Test("a combining mark behind a blank is no part of the blank")
    func combiningMark() throws {
        let request = try Self.read("GET / HTTP/1.0\r\nA: \u{301}b \r\n\r\n").request()
        let again = try Self.read(String(decoding: request.encoded, as: UTF8.self)).request()

        #expect(request.fields["A"] == "\u{301}b")
        #expect(again == request)
    }

    @Test("a response is read, with words or without")
    func response() throws {
        let full = try Self.read("HTTP/1.1 404 Not  Found\r\nA: b\r\n\r\n").response()
        let bare = try Self.read("HTTP/1.0 200\r\n\r\n").response()

        #expect(full.status == 404)
        #expect(full.reason == "Not  Found")
        #expect(full.fields["A"] == "b")
        #expect(bare.status == 200)
        #expect(bare.reason == "")
        #expect(bare.minorVersion == 0)
    }

    @Test(
        "a request that servers could read in different ways is refused",
        arguments: [
            ("GET / HTTP/1.1\nHost: a\r\n\r\n", HTTPHeadError.bareLineFeed),
            ("GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
            ("GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", .bareCarriageReturn),
            ("GET / HTTP/1.1\r\nHost: a\u{0}\r\n\r\n", .controlCharacter),
            ("GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n d\r\n\r\n", .foldedLine),
            ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedLine),
            ("GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedStartLine),
            ("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", .malformedStartLine),
            ("GET / HTTP/1.1 \r\nHost: a\r\n\r\n", .malformedStartLine),
            ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedStartLine),
            ("GET /\u{e9} HTTP/1.1\r\nHost: a\r\n\r\n", .malformedStartLine),
            ("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .malformedStartLine),
            ("GET / http/1.1\r\nHost: a\r\n\r\n", .malformedStartLine),
            ("GET / HTTP/2.0\r\nHost: a\r\n\r\n", .unsupportedVersion),
            ("GET / HTTP/1.10\r\nHost: a\r\n\r\n", .unsupportedVersion),
            ("GET / HTTP/1.1\r\nHost : a\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\n: a\r\n\r\n", .malformedField),
            ("GET / HTTP/1.1\r\nA: b\r\n\r\n", .missingHost),
            ("GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", .duplicateHost),
            ("GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost:\r\n\r\n", .malformedHost),
            ("GET / HTTP/1.1\r\nHost: u@a/\r\n\r\n", .malformedHost),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                .malformedContentLength
            ),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", .malformedContentLength),
            ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", .malformedContentLength),
            (
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                    + "Transfer-Encoding: chunked\r\n\r\n",
                .contentLengthAndTransferEncoding
            ),
            ("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
        ])
    func strict(text: String, expected: HTTPHeadError) {
        #expect(Self.fault(text) == expected)
        #expect(expected.status == (expected == .unsupportedVersion ? 505 : 400))
    }

    @Test("row 46: too much, and what servers read in different ways, is 431 or 400")
    func limits() {
        let start = "GET / HTTP/1.1\r\nHost: a\r\n"
        let nineKibibytes = start + "A: " + String(repeating: "b", count: 9216)
        let fields64 = start + String(repeating: "A: b\r\n", count: 63) + "\r\n"
        let fields65 = start + String(repeating: "A: b\r\n", count: 64) + "\r\n"

        #expect(Self.fault(nineKibibytes) == .tooLong)
        #expect(Self.fault(fields64) == nil)
        #expect(Self.fault(fields65) == .tooManyFields)
        #expect(HTTPHeadError.tooLong.status == 431)
        #expect(HTTPHeadError.tooManyFields.status == 431)
        #expect(Self.fault(start + "A: b\nC: d\r\n\r\n")?.status == 400)
        #expect(Self.fault(start + "A: \u{0}\r\n\r\n")?.status == 400)
        #expect(Self.fault(start + "A: b\r\n\tc\r\n\r\n")?.status == 400)
        let both = "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        #expect(Self.fault(start + both)?.status == 400)
    }

    @Test("the limit of the length is exact")
    func exactLimit() throws {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nA: "
        let room = HTTPHeadReader.lengthLimit - start.utf8.count - 4
        let fitting = start + String(repeating: "b", count: room) + "\r\n\r\n"
        let longer = start + String(repeating: "b", count: room + 1) + "\r\n\r\n"

        #expect(try Self.read(fitting).isComplete)
        #expect(Self.fault(longer) == .tooLong)
    }

    @Test("no text can end a field and begin another")
    func injection() {
        var fields = HTTPFields()
        fields.append("A", "b\r\nC: d\u{0}")

        #expect(fields.encoded == [UInt8]("A: bC: d\r\n\r\n".utf8))
    }
}
