import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct IdentityTests {
    private let temporary = TemporaryHome()

    @Test("the key is made once and found again")
    func madeOnce() throws {
        let home = try temporary.prepared()

        let first = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let second = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))

        #expect(first.nodeID == second.nodeID)
        #expect(try temporary.mode(of: "identity") == 0o600)
        #expect(try temporary.names() == ["identity"])
    }

    @Test("a key file cut at any byte is refused and left as it is")
    func truncated() throws {
        let home = try temporary.prepared()
        _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let bytes = try temporary.bytes(of: "identity")

        for count in bytes.indices {
            try temporary.write(Array(bytes[..<count]), to: "identity")
            #expect(throws: FileError.self, "cut to \(count) bytes") {
                try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))
            }
            #expect(try temporary.bytes(of: "identity") == Array(bytes[..<count]))
        }
    }

    @Test("a key file with any bit flipped is refused")
    func flipped() throws {
        let home = try temporary.prepared()
        _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let bytes = try temporary.bytes(of: "identity")

        for index in bytes.indices {
            var changed = bytes
            changed[index] ^= 1 << UInt8(index % 8)
            try temporary.write(changed, to: "identity")
            #expect(throws: FileError.self, "byte \(index)") {
                try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))
            }
        }
    }

    @Test("a damaged key file is a configuration error that does not show the key")
    func damagedError() throws {
        let home = try temporary.prepared()
        try temporary.write([UInt8]("p2pfwd identity 1 SECRET\n".utf8), to: "identity")

        do {
            _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 2))
            Issue.record("the file was taken")
        } catch {
            #expect(error.exitCode == .usage)
            #expect(!"\(error)".contains("SECRET"))
        }
    }

    @Test("a key file that others may read is refused")
    func looseMode() throws {
        let home = try temporary.prepared()
        _ = try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        let bytes = try temporary.bytes(of: "identity")
        try temporary.write(bytes, to: "identity", mode: 0o644)

        #expect(throws: FileError.self) {
            try Identity.loadOrCreate(in: home, random: SeededRandomSource(seed: 1))
        }
    }
}

@Suite struct NodeIDTests {
    private let id = NodeID(Sample.keyPair(1).publicKey)

    @Test("an ID is read back from its text, in any case")
    func roundTrip() {
        #expect("\(id)".hasPrefix("p2p1"))
        #expect("\(id)".count == 62)
        #expect(NodeID("\(id)") == id)
        #expect(NodeID("\(id)".uppercased()) == id)
    }

    @Test("an ID with one wrong, missing or additional character is refused")
    func typos() {
        let text = Array("\(id)")
        for index in text.indices {
            var changed = text
            changed[index] = changed[index] == "a" ? "b" : "a"
            #expect(NodeID(String(changed)) == nil)
            changed = text
            changed.remove(at: index)
            #expect(NodeID(String(changed)) == nil)
            changed = text
            changed.insert("7", at: index)
            #expect(NodeID(String(changed)) == nil)
        }
        #expect(NodeID("") == nil)
    }
}

@Suite struct TextCodingTests {
    @Test(
        "base32 and base64url agree with RFC 4648",
        arguments: [
            ("", "", ""), ("f", "my", "Zg"), ("fo", "mzxq", "Zm8"), ("foo", "mzxw6", "Zm9v"),
            ("foob", "mzxw6yq", "Zm9vYg"), ("fooba", "mzxw6ytb", "Zm9vYmE"),
            ("foobar", "mzxw6ytboi", "Zm9vYmFy"),
        ])
    func vectors(plain: String, base32: String, base64: String) {
        let bytes = [UInt8](plain.utf8)

        #expect(TextCoding.base32.encode(bytes) == base32)
        #expect(TextCoding.base64URL.encode(bytes) == base64)
        #expect(TextCoding.base32.decode(base32) == bytes)
        #expect(TextCoding.base64URL.decode(base64) == bytes)
    }

    @Test(
        "text that no bytes encode to is refused",
        arguments: ["Zh", "Z", "Zm9=", "Zm 9", "Zm/v"])
    func notCanonical(text: String) {
        #expect(TextCoding.base64URL.decode(text) == nil)
    }
}

@Suite struct LifetimeTests {
    @Test(
        "lengths of time are read with their unit",
        arguments: [("90s", 90), ("10m", 600), ("24h", 86_400), ("7d", 604_800), ("1s", 1)])
    func valid(text: String, seconds: Int64) {
        #expect(Lifetime(text)?.seconds == seconds)
    }

    @Test(
        "other texts are refused",
        arguments: ["", "s", "10", "0s", "-1s", "+1s", "1.5h", "1w", "4000d", "9999999999s", "1 h"])
    func invalid(text: String) {
        #expect(Lifetime(text) == nil)
    }

    @Test("a number alone counts in the default unit")
    func defaultUnit() {
        #expect(Lifetime("30", defaultUnit: 1)?.seconds == 30)
        #expect(Lifetime("2m", defaultUnit: 1)?.seconds == 120)
        #expect(Lifetime("24h")?.description == "1d")
    }
}

@Suite struct UnixTimeTests {
    @Test(
        "moments are written and read as dates",
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400, "2000-02-29T00:00:00Z"),
            (1_800_000_000, "2027-01-15T08:00:00Z"), (4_102_444_799, "2099-12-31T23:59:59Z"),
            (253_402_300_799, "9999-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func dates(seconds: Int64, text: String) {
        #expect(UnixTime(seconds: seconds).description == text)
        #expect(UnixTime(text)?.seconds == seconds)
    }

    @Test(
        "dates that do not exist are refused",
        arguments: [
            "2027-02-29T00:00:00Z", "2027-13-01T00:00:00Z", "2027-01-01T24:00:00Z",
            "2027-01-01T00:60:00Z", "2027-1-1T00:00:00Z", "2027-01-01 00:00:00Z", "",
            "0000-00-00T00:00:00Z", "1969-12-31T23:59:59Z",
        ])
    func invalid(text: String) {
        #expect(UnixTime(text) == nil)
    }
}
