import SRMUDP
import Testing

@testable import Forwarding

@Suite struct ProxyAddressTests {
    private static func error(_ text: String) -> ProxyAddressError? {
        do throws(ProxyAddressError) {
            _ = try ProxyAddress(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "the usual forms are read",
        arguments: [
            ("http://proxy", "http://proxy:80"), ("proxy:3128", "http://proxy:3128"),
            ("HTTP://proxy:3128/", "http://proxy:3128"),
            ("socks5://10.0.0.1", "socks5://10.0.0.1:1080"),
            ("socks5h://[fe80::1]:99", "socks5://[fe80::1]:99"),
            ("socks5://[::1]", "socks5://[::1]:1080"),
        ])
    func forms(text: String, expected: String) throws {
        #expect(try ProxyAddress(parsing: text).description == expected)
    }

    @Test("user and password are unescaped, and appear nowhere")
    func credentials() throws {
        let proxy = try ProxyAddress(parsing: "socks5://me%40home:p%3a%2Fss:w@proxy:1")

        #expect(proxy.credentials?.user == [UInt8]("me@home".utf8))
        #expect(proxy.credentials?.password.exposed == [UInt8]("p:/ss:w".utf8))
        #expect(proxy.host == "proxy")
        for text in ["\(proxy)", String(reflecting: proxy.credentials)] {
            #expect(!text.contains("home") && !text.contains("ss"))
        }
    }

    @Test(
        "what is no proxy is refused in words that do not repeat it",
        arguments: [
            ("https://proxy", ProxyAddressError.unknownScheme), ("ftp://proxy", .unknownScheme),
            ("http://", .badHost), ("", .badHost), ("http://:80", .badHost),
            ("http://[::1", .badHost), ("http://[::1]x", .badHost), ("http://::1", .badHost),
            ("http://[proxy]", .badHost), ("http://a b", .badHost), ("http://proxy/x", .badHost),
            ("http://proxy:0", .badPort), ("http://proxy:65536", .badPort),
            ("http://proxy:+80", .badPort), ("http://proxy:", .badPort),
            ("http://secret%4@proxy", .badCredentials), ("http://secret%zz@proxy", .badCredentials),
            ("http://secret%00@proxy", .badCredentials), ("socks5://secret@proxy", .badCredentials),
            ("socks5://:secret@proxy", .badCredentials),
            (
                "socks5://u:" + String(repeating: "s", count: 256) + "@proxy",
                .badCredentials
            ),
        ])
    func refused(text: String, expected: ProxyAddressError) {
        #expect(Self.error(text) == expected)
        #expect(!expected.description.contains("secret"))
    }
}
