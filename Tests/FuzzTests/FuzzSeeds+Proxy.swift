extension FuzzSeeds {
    /// For `ProxyPortFuzzer`: a choice, a size of pieces, and bytes.
    static var proxyPorts: [(name: String, input: [UInt8])] {
        let name: [UInt8] = [3, 2, 0x61, 0x62, 0, 80]
        let password: [UInt8] = [1, 3] + "ann".utf8 + [6] + "secret".utf8
        let socks: [(String, UInt8, [UInt8])] = [
            ("socks5", 0, [5, 1, 0, 5, 1, 0, 1, 192, 0, 2, 7, 0, 80, 1, 2]),
            ("socks5-name", 0, [5, 2, 2, 0, 5, 1, 0] + name),
            ("socks5-ipv6", 0, [5, 1, 0, 5, 1, 0, 4] + [UInt8](repeating: 1, count: 18)),
            ("socks5-associate", 0, [5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0]),
            ("socks5-bind", 0, [5, 1, 0, 5, 2, 0] + name),
            ("socks5-password", 1, [5, 2, 0, 2] + password + [5, 1, 0] + name),
            ("socks5-wrong", 1, [5, 1, 2, 1, 1, 0x61, 1, 0x62]),
            ("socks4", 0, [4, 1, 0, 80, 192, 0, 2, 7, 0x6d, 0, 1, 2]),
            ("socks4a", 0, [4, 1, 0, 80, 0, 0, 0, 1, 0, 0x61, 0x62, 0]),
            ("tls", 0, [0x16, 3, 1, 2, 0, 1]),
        ]
        let proxied = "Host: a\r\nProxy-Authorization: Basic YW5uOnNlY3JldA==\r\n"
        let texts: [(String, UInt8, String)] = [
            ("connect", 0, "CONNECT [::1]:443 HTTP/1.1\r\nHost: a\r\n\r\nrest"),
            ("connect-password", 1, "CONNECT a:443 HTTP/1.1\r\n\(proxied)\r\n"),
            ("get", 0, "GET http://a/b?c HTTP/1.1\r\nHost: a\r\nConnection: x, close\r\n\r\nGET "),
            (
                "post", 0,
                "POST http://a:81/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabcPOST"
            ),
            (
                "chunks", 0,
                "PUT http://a/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;x=y\r\nabc\r\n0\r\nA: b\r\n\r\nGET"
            ),
            ("length", 2, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP"),
            (
                "chunked", 2,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nKeep-Alive: 1\r\n\r\n"
                    + "3\r\nabc\r\n0\r\n\r\n"
            ),
            ("until-end", 2, "HTTP/1.0 200 OK\r\n\r\nabc"),
            ("interim", 2, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n"),
            ("switched", 2, "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n\0\u{1}"),
        ]
        return socks.map { ($0.0, [$0.1, 2] + $0.2) }
            + texts.map { ($0.0, [$0.1, 6] + $0.2.utf8) }
    }
}
