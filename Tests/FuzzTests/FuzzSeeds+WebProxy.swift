extension FuzzSeeds {
    /// For `WebProxyRequestFuzzer`: whether there are subprotocols, these, and a query.
    static var webProxyRequests: [(name: String, input: [UInt8])] {
        let queries: [(String, String)] = [
            ("link", "token=t&remote_host=192.0.2.7&remote_port=7000&encryption_key=correct+horse"),
            ("ipv6", "remote_host=2001:DB8::1&remote_port=1024&client_id=web-1&frames=binary"),
            ("name", "remote_host=Example.ORG&remote_port=65535&frames=json"),
            ("flow", "peer=homebox&target=localhost:80"),
            ("flow-ipv6", "peer=homebox&target=%5B::1%5D:22&token=t"),
            ("escapes", "remote_host=%31%27%2e0.0.1&remote_port=%30&encryption_key=%C3%A4%ff"),
            ("mapped", "remote_host=::ffff:127.0.0.1&remote_port=53"),
            ("zone", "remote_host=[fe80::1%25eth0]&remote_port=22x"),
            ("short-address", "remote_host=127.1&remote_port=65536"),
            ("twice", "a=1&a=2"), ("unknown", "remote_hst=a"), ("multicast", "remote_host=ff02::1"),
        ]
        let protocols: [(String, String)] = [
            ("key", "p2pfwd,token.abc,key.Y29ycmVjdCBob3JzZQ\nremote_host=a&remote_port=7000"),
            ("keys", "p2pfwd,key.YQ,key.YQ\nremote_host=a&remote_port=7000"),
            ("bare", "key.Y29ycmVjdCBob3JzZQ\nremote_host=a&remote_port=7000"),
        ]
        return queries.map { ($0.0, [0] + $0.1.utf8) } + protocols.map { ($0.0, [1] + $0.1.utf8) }
    }

    /// For `WebProxyMessageFuzzer`: how the conversation begins, and messages.
    static var webProxyMessages: [(name: String, input: [UInt8])] {
        let texts: [(String, String)] = [
            ("text", #"{"type":"data","data":"Gr\u00fc\u00dfe\n"}"#),
            ("binary", #"{"type":"data","format":"binary","data":"AP8="}"#),
            ("id", #"{"type":"data","data":"","connection_id":"web_192.0.2.7_7000"}"#),
            ("key", #"{"type":"key","encryption_key":"correct horse"}"#),
            ("command", #"{"type":"command","a":[{"b":1e3}]}"#),
            ("surrogates", #"{"type":"data","data":"\ud83d\ude00\ud800"}"#),
            ("unknown", #"{"type":"data","data":"a","fromat":"text"}"#),
            ("junk", "junk"),
        ]
        let single: [(name: String, input: [UInt8])] = texts.flatMap { name, text in
            [UInt8(0), 2].map { ("\(name)-\($0)", [$0] + said(0, [UInt8](text.utf8))) }
        }
        let peers: [(name: String, input: [UInt8])] = [
            ("peer-text", [1] + said(4, [UInt8]("\"ä\u{1f600}\\\u{0}".utf8))),
            ("peer-bytes", [0] + said(4, [0xc3]) + said(5, [0, 255])),
            ("states", [0] + said(6, []) + said(7, []) + said(3, [1, 2]) + said(6, [])),
            ("strikes", [0] + said(0, [1]) + said(0, [2]) + said(0, [3]) + said(3, [4])),
        ]
        return single + peers
    }

    private static func said(_ who: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [who, UInt8(bytes.count)] + bytes
    }
}
