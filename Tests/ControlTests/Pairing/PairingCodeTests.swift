import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct PairingCodeTests {
    @Test("a code is a number and words, and is read as it is written")
    func roundTrip() throws {
        for seed in UInt64(1)...50 {
            let random = SeededRandomSource(seed: seed)
            let nameplate = PairingCode.localNameplate(random: random)
            let code = PairingCode(
                nameplate: nameplate, wordCount: 2 + Int(seed) % 3, random: random)

            let again = try PairingCode(parsing: code.text)

            #expect(again == code && (1_000...9_999).contains(nameplate), "seed \(seed)")
            #expect(code.text.split(separator: "-").count == 3 + Int(seed) % 3)
            #expect(PairingCode.looksLikeCode(code.text))
        }
    }

    @Test(
        "row 22: sloppy typing is understood",
        arguments: [
            "4821-maple-tundra", "4821 maple tundra", "  4821-Maple-TUNDRA\n", "4821_maple_tundra",
            "4821.maple.tundra", "4821--maple - tundra", "4821maple-tundra", "4821, maple, tundra!",
            "4821‑maple–tundra", "4821—maple−tundra", "4821­maple tundra", "4821ーmapleーtundra",
            "４８２１－ｍａｐｌｅ－ｔｕｎｄｒａ", "４８２１　ＭＡＰＬＥ　ＴＵＮＤＲＡ", "٤٨٢١-maple-tundra",
            "4821\u{a0}maple\u{202f}tundra", "4821-ma\u{200b}ple-tun\u{ad}dra\u{feff}",
            "\u{200e}4821-maple-tundra\u{200f}", "\"4821-maple-tundra\"", "“4821-maple-tundra”",
            "`4821-maple-tundra`", "<4821/maple/tundra>", "4\u{2060}821\tmaple\ttundra",
            "04821-maple-tundra", "4821\u{fe0f}-maple-tundra",
        ])
    func sloppy(text: String) throws {
        let code = try PairingCode(parsing: text)

        #expect(code.text == "4821-maple-tundra")
        #expect(PairingCode.looksLikeCode(text))
    }

    @Test("row 19: a wrong word is named by its position, with the word that was meant")
    func wrongWord() {
        expect("4821-mapel-tundra", .unknownWord(position: 1, typed: "mapel", nearest: "maple"))
        expect("4821-maple-tundar", .unknownWord(position: 2, typed: "tundar", nearest: "tundra"))
        expect("4821-maple-xqxqxq", .unknownWord(position: 2, typed: "xqxqxq", nearest: nil))
        expect("4821-maple-7", .unknownWord(position: 2, typed: "7", nearest: nil))
        expect("4821-mäple-tundra", .unknownWord(position: 1, typed: "mäple", nearest: "maple"))
        let error = PairingCodeError.unknownWord(position: 2, typed: "tundar", nearest: "tundra")
        #expect(
            error.description
                == "word 2 of the code, 'tundar', is not one of our words; did you mean 'tundra'?")
        #expect(error.hint == "nothing was sent; the code is still good")
    }

    @Test("what is no code says why")
    func refused() {
        expect("", .empty)
        expect(" -- ", .empty)
        expect("maple-tundra", .numberMissing)
        expect("maple-4821-tundra", .numberMissing)
        expect("Ⅷ-maple-tundra", .numberMissing)
        expect("4821", .wordCount(0))
        expect("4821-maple", .wordCount(1))
        expect("4821-maple-maple-maple-maple-maple", .wordCount(5))
        expect("0-maple-tundra", .numberOutOfRange)
        expect("4294967296-maple-tundra", .numberOutOfRange)
        expect("99999999999999999999999-maple-tundra", .numberOutOfRange)
        expect("00000000001-maple-tundra", .numberOutOfRange)
        expect(String(repeating: "9", count: 10_000), .tooLong)
    }

    @Test("an error never carries what could steer a terminal")
    func printable() {
        let text = "4821-maple-tun\u{301}\u{301}x"
        do throws(PairingCodeError) {
            _ = try PairingCode(parsing: text + "\u{1b}[2J")
            Issue.record("not a code")
        } catch {
            #expect(!error.description.unicodeScalars.contains { $0.value < 0x20 })
        }
    }

    @Test(
        "a code is told from names, addresses and tickets",
        arguments: [
            ("4821-maple-tundra", true), ("4821-mapel-tundar", true), ("1-abc-def-ghi-jkl", true),
            ("anna-laptop", false), ("homebox", false), ("4821", false), ("4821-maple", false),
            ("2024-old-pc", false), ("10.0.0.1", false), ("192.0.2.1:80", false),
            ("p2pf1AQEHBwcHBwcH", false), ("8080:localhost:80", false), ("", false),
            ("1-abc-def-ghi-jkl-mno", false), ("12345678901-maple-tundra", false),
            ("3.5-inch-drive", false), ("4821-abcdefghijk-maple", false),
        ] as [(String, Bool)])
    func shape(text: String, isCode: Bool) {
        #expect(PairingCode.looksLikeCode(text) == isCode, "\(text)")
    }

    @Test("TAB completes the word that is being typed")
    func completion() {
        #expect(PairingCode.completions(of: "4821-maple-tund") == ["4821-maple-tundra"])
        #expect(PairingCode.completions(of: "4821 Tund") == ["4821 tundra"])
        #expect(PairingCode.completions(of: "4821-tun").count > 1)
        #expect(PairingCode.completions(of: "4821-maple-qqq").isEmpty)
        #expect(PairingCode.completions(of: "4821-").isEmpty)
        #expect(PairingCode.completions(of: "map").isEmpty)
        #expect(PairingCode.completions(of: "").isEmpty)
        #expect(
            PairingCode.completions(of: "1-maple-maple-maple-map") == ["1-maple-maple-maple-maple"])
        #expect(PairingCode.completions(of: "1-maple-maple-maple-maple-map").isEmpty)
    }

    @Test("the key depends on the number and on each word")
    func stretching() throws {
        let key = try PairingCode(parsing: "4821-maple-tundra").stretched()

        let same = try PairingCode(parsing: "4821 MAPLE tundra").stretched()
        let others = try ["4822-maple-tundra", "4821-tundra-maple", "4821-maple-tundra-maple"].map {
            try PairingCode(parsing: $0).stretched()
        }

        #expect(key.count == 48 && key == same)
        #expect(others.allSatisfy { $0 != key })
    }

    @Test("the words do not show in descriptions")
    func redaction() throws {
        let code = try PairingCode(parsing: "4821-maple-tundra")
        var dumped = ""
        dump(code, to: &dumped)

        #expect("\(code)" == "code 4821")
        #expect(!dumped.contains("maple") && !dumped.contains("tundra"))
    }

    private func expect(_ text: String, _ expected: PairingCodeError) {
        #expect(throws: expected, "\(text)") { try PairingCode(parsing: text) }
    }
}
