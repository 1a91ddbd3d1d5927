extension FuzzSeeds {
    /// For `HTTPHeadFuzzer`: a choice, a size of pieces, and text.
    static var heads: [(name: String, input: [UInt8])] {
        let upgrade = """
            GET /v0/relay HTTP/1.1\r
            Host: example.org\r
            Upgrade: websocket\r
            Connection: keep-alive, Upgrade\r
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
            Sec-WebSocket-Version: 13\r
            Sec-WebSocket-Protocol: a, b\r
            \r

            """
        let accepted = """
            HTTP/1.1 101 Switching Protocols\r
            Upgrade: websocket\r
            Connection: Upgrade\r
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r
            \r

            """
        let texts: [(String, UInt8, String)] = [
            ("upgrade", 0, upgrade),
            ("post", 0, "POST /a?b HTTP/1.0\r\nContent-Length: 3\r\n\r\nabc"),
            (
                "chunked", 0,
                "PUT * HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\n\r\n"
            ),
            ("folded", 0, "GET / HTTP/1.1\r\nHost: a\r\nB: c\r\n d\r\n\r\n"),
            ("line-feed", 0, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
            ("accepted", 1, accepted),
            ("redirect", 1, "HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\n\r\n"),
            ("page", 1, "HTTP/1.0 200\r\nContent-Type: text/html\r\n\r\n<html>"),
            ("connected", 2, "HTTP/1.1 200 Connection established\r\n\r\nrest"),
            ("asked", 2, "HTTP/1.1 407 Authentication\r\n\r\n"),
        ]
        let socks: [(String, [UInt8])] = [
            ("socks-plain", [5, 0, 5, 0, 0, 1, 1, 2, 3, 4, 0, 80]),
            ("socks-password", [5, 2, 1, 0, 5, 0, 0, 3, 2, 0x61, 0x62, 0, 80, 9]),
            ("socks-refused", [5, 0, 5, 5, 0, 1]),
        ]
        return texts.map { ($0.0, [$0.1, 6] + $0.2.utf8) } + socks.map { ($0.0, [3, 0] + $0.1) }
    }

    /// For `WebRequestFuzzer`: a limit, a size of pieces, and requests.
    static var webRequests: [(name: String, input: [UInt8])] {
        let get = "GET /v0/health?a=b HTTP/1.1\r\nHost: localhost:80\r\n\r\n"
        let post = "POST /jsonrpc HTTP/1.1\r\nHost: [::1]\r\nContent-Length: 3\r\n\r\nabc"
        let chunks =
            "PUT http://a/b HTTP/1.1\r\nHost: c\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "3;x=\"y\"\r\nabc\r\n00a\r\n0123456789\r\n0\r\nT: t\r\n\r\n"
        let upgrade =
            "GET /v0/ws/proxy HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Sec-WebSocket-Version: 13\r\n\r\n"
        let texts: [(String, String)] = [
            ("get", get), ("post", post), ("chunks", chunks), ("upgrade", upgrade),
            ("several", "\r\n\(get)\(post)\(chunks)\(get)"),
            ("old", "GET / HTTP/1.0\r\n\r\n"), ("options", "OPTIONS * HTTP/1.1\r\nHost:a\r\n\r\n"),
            ("expect", post.replacing("\r\n\r\n", with: "\r\nExpect: 100-continue\r\n\r\n")),
            ("both", chunks.replacing("Host: c", with: "Host: c\r\nContent-Length: 3")),
            ("gzip", chunks.replacing("chunked", with: "gzip, chunked")),
        ]
        return texts.map { ($0.0, [16, 6] + $0.1.utf8) }
    }

    /// For `WebSocketFuzzer`: a role, a size of pieces, and frames.
    static var webSockets: [(name: String, input: [UInt8])] {
        let frames: [(String, [(UInt8, [UInt8])])] = [
            ("text", [(0x81, [0x48, 0xe2, 0x82, 0xac])]),
            ("binary", [(0x82, [UInt8](repeating: 7, count: 130))]),
            ("empty", [(0x82, [])]),
            ("fragments", [(0x01, [0xe2]), (0x89, [1]), (0x00, []), (0x80, [0x82, 0xac])]),
            ("ping", [(0x89, [1, 2, 3]), (0x8a, [4])]),
            ("close", [(0x88, [3, 0xe8, 0x6f, 0x6b])]),
            ("close-empty", [(0x88, [])]),
            ("close-bad", [(0x88, [3, 0xed])]),
            ("utf8-bad", [(0x81, [0xc0, 0x80])]),
            ("compressed", [(0x41, [1]), (0x80, [2])]),
            ("continuation", [(0x80, [])]),
            ("reserved", [(0xf1, [])]),
            ("long", [(0x82, [UInt8](repeating: 1, count: 5_000))]),
        ]
        return frames.flatMap { name, frames in
            (UInt8(0)..<4).map { role in
                let bytes = frames.flatMap { frame($0.0, $0.1, masked: role & 1 == 0) }
                return ("\(name)-\(role)", [role, 3] + bytes)
            }
        }
    }

    private static func frame(_ first: UInt8, _ payload: [UInt8], masked: Bool) -> [UInt8] {
        let count = payload.count
        let length: [UInt8] =
            count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 0xff)]
        guard masked else { return [first] + length + payload }
        let mask: [UInt8] = [1, 2, 3, 4]
        let body = payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
        return [first, length[0] | 0x80] + length[1...] + mask + body
    }
}
