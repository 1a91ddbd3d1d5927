import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite struct KeyLinkLineTests {
    @Test(
        "a message survives JSON",
        arguments: [
            KeyLinkMessage(.text, [UInt8]("h\u{e4}\n\"x\"".utf8)), KeyLinkMessage(.text, []),
            KeyLinkMessage(.binary, [0, 0xff, 10]), KeyLinkMessage(.binary, []),
        ])
    func json(message: KeyLinkMessage) throws {
        let line = KeyLinkLine.json(message)

        #expect(!line.contains("\n"))
        #expect(try KeyLinkLine.message(json: [UInt8](line.utf8)) == message)
    }

    @Test("data alone is text")
    func short() throws {
        let message = try KeyLinkLine.message(json: [UInt8]("{\"data\":\"hi\"}".utf8))

        #expect(message == KeyLinkMessage(.text, [0x68, 0x69]))
    }

    @Test(
        "other lines are refused with a reason",
        arguments: [
            "hello", "{}", "[]", "{\"data\":1}", "{\"data\":\"a\",\"format\":\"hex\"}",
            "{\"data\":\"a\",\"format\":\"binary\"}", "{\"type\":\"status\",\"data\":\"a\"}",
            "{\"data\":\"a\",\"format\":7}",
        ])
    func refused(line: String) {
        #expect(throws: KeyLinkLine.Malformed.self) {
            try KeyLinkLine.message(json: [UInt8](line.utf8))
        }
    }

    @Test("a line of bytes that are not UTF-8 is no text")
    func bytes() {
        #expect(throws: KeyLinkLine.Malformed.self) {
            try KeyLinkLine.message(text: [0x61, 0xff])
        }
    }

    @Test("a lost connection says how many messages are uncertain")
    func state() {
        let state = KeyLinkState.reconnecting(.lost(.peerRestarted, unconfirmed: 2))

        let line = KeyLinkLine.json(state)

        #expect(
            line == "{\"type\":\"status\",\"status\":\"reconnecting\",\"message\":\"reconnecting: "
                + "it was restarted; whether 2 messages arrived is not known\","
                + "\"unconfirmed\":2}")
    }

    @Test(
        "a remote end is HOST:PORT",
        arguments: [
            ("example.org:80", "example.org", 80), ("[::1]:17171", "::1", 17_171),
            ("10.0.0.1:1", "10.0.0.1", 1),
        ])
    func remote(text: String, host: String, port: UInt16) {
        #expect(HostPort(text: text) == HostPort(host: host, port: port))
    }

    @Test(
        "what is not is refused",
        arguments: ["", "a", ":1", "a:", "a:0", "a:70000", "::1:80", "a b:1", "a:+1", "[]:1"])
    func noRemote(text: String) {
        #expect(HostPort(text: text) == nil)
    }
}
