import Testing

@testable import Control

@Suite("WebProxyRequest")
struct WebProxyRequestTests {
    private static func request(
        _ query: String, protocols: [String] = []
    ) throws(WebProxyRefusal) -> WebProxyRequest {
        try WebProxyRequest(try WebProxyQuery(query), protocols: protocols)
    }

    private static func refusal(_ query: String, protocols: [String] = []) -> WebProxyRefusal? {
        do throws(WebProxyRefusal) {
            _ = try request(query, protocols: protocols)
            return nil
        } catch {
            return error
        }
    }

    private static let link = "remote_host=192.0.2.7&remote_port=7000"
    private static let place = ("192.0.2.7", "7000")

    @Test("the form of older clients is a link")
    func olderForm() throws {
        let request = try Self.request(
            "token=t&remote_host=192.0.2.7&remote_port=7000&encryption_key=correct+horse")

        let place = try WebProxyPlace(host: "192.0.2.7", port: "7000", names: ("", ""))
        #expect(request.form == .link(place, key: try WebProxyKey("correct horse")))
        #expect(request.clientID == nil)
        #expect(request.framing == .json)
    }

    @Test("client_id and frames are taken")
    func options() throws {
        let request = try Self.request(Self.link + "&client_id=web-1&frames=binary")

        #expect(request.clientID == "web-1")
        #expect(request.framing == .binary)
        #expect(try Self.request(Self.link + "&frames=json").framing == .json)
    }

    @Test("a peer and a target are a flow")
    func flow() throws {
        let named = try Self.request("peer=homebox&target=LocalHost:80")
        let addressed = try Self.request("peer=homebox&target=%5B::1%5D:22&token=t")

        #expect(
            named.form
                == .flow(
                    peer: "homebox",
                    target: try WebProxyPlace(host: "localhost", port: "80", names: ("", ""))))
        #expect(
            addressed.form
                == .flow(
                    peer: "homebox",
                    target: try WebProxyPlace(host: "::1", port: "22", names: ("", ""))))
    }

    @Test("the key may come as a subprotocol")
    func subprotocol() throws {
        let word = "key." + TextCoding.base64URL.encode([UInt8]("correct horse".utf8))

        let request = try Self.request(Self.link, protocols: ["p2pfwd", "token.abc", word])

        guard case .link(_, let key) = request.form else {
            Issue.record("no link")
            return
        }
        #expect(key == (try WebProxyKey("correct horse")))
    }

    @Test(
        "subprotocols that are wrong are refused",
        arguments: [
            ["p2pfwd", "key."], ["p2pfwd", "key.!!"], ["p2pfwd", "key.YQ"],
            ["p2pfwd", "key._____________w"], ["chat"], ["key.Y29ycmVjdCBob3JzZQ"],
            ["p2pfwd", "key.Y29ycmVjdCBob3JzZQ", "key.Y29ycmVjdCBob3JzZQ2"],
        ])
    func badSubprotocols(protocols: [String]) {
        #expect(Self.refusal(Self.link, protocols: protocols)?.status == 400)
    }

    @Test("the key comes once")
    func keyTwice() {
        let refusal = Self.refusal(
            Self.link + "&encryption_key=correct+horse",
            protocols: ["p2pfwd", "key.Y29ycmVjdCBob3JzZQ"])

        #expect(refusal == .twice("encryption_key"))
    }

    @Test(
        "what is missing, unknown or of the other form is refused",
        arguments: [
            "", "token=t", "remote_host=192.0.2.7", "remote_port=7000", "peer=homebox",
            "target=localhost:80", "remote_host=&remote_port=7000", "remote_host=a&remote_port=",
            "peer=&target=localhost:80", "peer=homebox&target=",
            "remote_host=192.0.2.7&remote_port=7000&hold=1",
            "remote_host=192.0.2.7&remote_port=7000&peer=homebox",
            "remote_host=192.0.2.7&remote_port=7000&target=localhost:80",
            "peer=homebox&target=localhost:80&encryption_key=correct+horse",
            "peer=homebox&target=localhost:80&frames=binary",
            "remote_host=192.0.2.7&remote_port=7000&frames=text",
            "remote_host=192.0.2.7&remote_port=7000&frames=",
        ])
    func refused(query: String) {
        #expect(Self.refusal(query)?.status == 400)
    }

    @Test("a flow needs no key")
    func flowWithKey() {
        let refusal = Self.refusal(
            "peer=homebox&target=localhost:80", protocols: ["p2pfwd", "key.Y29ycmVjdCBob3JzZQ"])

        #expect(refusal?.status == 400)
    }

    @Test(
        "keys that are none are refused and not repeated",
        arguments: ["", "short", String(repeating: "x", count: 4096), "%ff%ff%ff%ff%ff%ff%ff%ff"])
    func badKeys(key: String) throws {
        let refusal = try #require(Self.refusal(Self.link + "&encryption_key=" + key))

        #expect(refusal.status == 400)
        #expect(key.isEmpty || !refusal.message.contains(key))
    }

    @Test(
        "a client_id is 1 to 128 visible characters",
        arguments: ["", "a+b", "%00", "a%0ab", "%C3%A4", String(repeating: "x", count: 300)])
    func badClientIDs(id: String) {
        #expect(Self.refusal(Self.link + "&client_id=" + id)?.status == 400)
        #expect(Self.refusal(Self.link + "&client_id=" + String(repeating: "x", count: 128)) == nil)
    }

    @Test(
        "targets that are none are refused",
        arguments: [
            "localhost", ":80", "localhost:", "::1:80", "[::1]", "[::1]80", "[localhost]:80",
            "localhost:0", "localhost:65536", "localhost:22x", "127.1:80", "[::ffff:127.0.0.1]:80",
            "[fe80::1%25eth0]:80", "localhost.:80", "/run/socket", "udp/localhost:53", "a:b:80",
        ])
    func badTargets(target: String) {
        #expect(Self.refusal("peer=homebox&target=" + target)?.status == 400)
    }

    @Test(
        "peers that cannot be are refused", arguments: ["-x", "a+b", "p2pf1abc", "%2e%2e", "a%00"])
    func badPeers(peer: String) {
        #expect(Self.refusal("target=localhost:80&peer=" + peer)?.status == 400)
    }
}
