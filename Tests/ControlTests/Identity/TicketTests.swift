import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct TicketTests {
    private static let issuer = Sample.keyPair(1).publicKey
    private static let other = Sample.keyPair(2).publicKey

    private static func candidates(_ texts: String...) -> [SocketAddress] {
        texts.compactMap { SocketAddress($0) }
    }

    private static func offer(
        _ addresses: [SocketAddress] = candidates("192.0.2.1:7001", "[2001:db8::1]:7001"),
        expiry: UnixTime = Sample.now + .minutes(10), label: String = "homebox"
    ) -> Ticket {
        .offer(
            id: .random(from: SeededRandomSource(seed: 3)), preSharedKey: Sample.secret(),
            issuer: issuer, expiry: expiry, candidates: addresses, label: label)
    }

    private func error(_ text: String) -> TicketError? {
        do {
            _ = try Ticket(parsing: text)
            return nil
        } catch {
            return error
        }
    }

    /// A ticket text from bytes without checksum.
    private func text(_ body: [UInt8], prefix: String = "p2pf1") -> String {
        let checksum = SHA256.digest([UInt8]("p2pfwd ticket".utf8), body)[..<8]
        return prefix + TextCoding.base64URL.encode(body + checksum)
    }

    private func body(_ ticket: Ticket) throws -> [UInt8] {
        let bytes = try #require(TextCoding.base64URL.decode(ticket.text.dropFirst(5)))
        return bytes.dropLast(8)
    }

    @Test("an offer is read back from its text")
    func offerRoundTrip() throws {
        let offer = Self.offer()

        let read = try Ticket(parsing: offer.text)

        #expect(read.id == offer.id)
        #expect(read.kind == .offer(preSharedKey: Sample.secret()))
        #expect(read.issuer == Self.issuer)
        #expect(read.expiry == offer.expiry)
        #expect(read.candidates == offer.candidates)
        #expect(read.label == "homebox")
        try read.check(now: Sample.now, ownKey: Self.other)
    }

    @Test("the bytes of an offer stand where the documentation says")
    func layout() throws {
        let body = try body(Self.offer(Self.candidates("192.0.2.1:7001"), label: "box"))

        #expect(body[0...1] == [1, 1])
        #expect(Array(body[18..<50]) == Self.issuer.bytes)
        #expect(Array(body[50..<82]) == [UInt8](repeating: 7, count: 32))
        #expect(body[82..<88].reduce(0) { $0 << 8 | Int64($1) } == Sample.now.seconds + 600)
        #expect(body[88] == 1)
        #expect(Array(body[99..<107]) == [0xff, 0xff, 192, 0, 2, 1, 0x1b, 0x59])
        #expect(Array(body[107...]) == [3] + [UInt8]("box".utf8))
    }

    @Test("the frozen text of a ticket is read as when it was made")
    func frozen() throws {
        let text = """
            p2pf1AQHtiQHPlge4FnpyzH_0w1zqN2a4adbD9IqEfz3VKBME1iHCBpx4UiuMTcYGRwz9AGsHBwcHBwc\
            HBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwAAa0nUWAIAAAAAAAAAAAAA___AAAIBG1kgAQ24AAAAAAA\
            AAAAAAAABG1kHaG9tZWJveAb-g3fISEOS
            """

        #expect(Self.offer().text == text)
    }

    @Test("every single wrong character is a typo, never anything else")
    func wrongCharacters() throws {
        let text = Array(Self.offer().text)
        for index in 5..<text.count {
            for replacement in ["A", "b", "_", "?"] as [Character] {
                var changed = text
                changed[index] = replacement
                guard changed != text else { continue }
                #expect(error(String(changed)) == .typo, "character \(index)")
            }
        }
    }

    @Test("every flipped bit is a typo")
    func flippedBits() throws {
        let bytes = try #require(TextCoding.base64URL.decode(Self.offer().text.dropFirst(5)))
        for bit in 0..<bytes.count * 8 {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(error("p2pf1" + TextCoding.base64URL.encode(changed)) == .typo, "bit \(bit)")
        }
    }

    @Test("a ticket cut anywhere or pasted twice is a typo")
    func cut() {
        let text = Self.offer().text
        for count in 5..<text.count {
            #expect(error(String(text.prefix(count))) == .typo, "cut to \(count) characters")
        }
        #expect(error(text + text) == .typo)
        #expect(error(text + "A") == .typo)
    }

    @Test("wrapping, quotation marks and the marks of a mail are removed")
    func mail() throws {
        let text = Self.offer().text
        let lines = stride(from: 0, to: text.count, by: 40).map { start in
            String(text.dropFirst(start).prefix(40))
        }
        let forms = [
            lines.map { "> \($0)" }.joined(separator: "\r\n"),
            lines.map { ">> \($0)  " }.joined(separator: "\n"), "\"\(text)\"\n", "\t'\(text)' ",
            "\u{feff}“\(text)”", lines.joined(separator: " "),
        ]
        for form in forms {
            #expect(try Ticket(parsing: form).text == text)
        }
    }

    @Test("other texts are no tickets", arguments: ["", "p2pf", "hello", "4821-maple-tundra"])
    func others(text: String) {
        let expected: TicketError = text == "p2pf" ? .typo : .notATicket
        #expect(error(text) == expected)
        #expect(error(String(repeating: "p2pf1", count: 100_000)) == .notATicket)
    }

    @Test("a later version is told by its number")
    func newerVersion() throws {
        var body = try body(Self.offer())
        body[0] = 2

        #expect(error(text(body)) == .newerVersion(2))
        #expect(error(text(body, prefix: "p2pf2")) == .newerVersion(2))
        #expect(error("p2pf3anything") == .newerVersion(3))
        #expect(TicketError.newerVersion(2).description.contains("newer p2pfwd (v2)"))
    }

    @Test("a ticket whose checksum matches random content stops nothing")
    func malformed() throws {
        let seed = SystemRandomSource().next()
        print("seed \(seed)")
        let random = SeededRandomSource(seed: seed)
        for _ in 0..<5_000 {
            var bytes = try body(Self.offer())
            for _ in 0...Int(random.next(below: 4)) {
                bytes[Int(random.next(below: UInt64(bytes.count)))] = UInt8(random.next(below: 256))
            }
            bytes = Array(bytes.prefix(Int(random.next(below: UInt64(bytes.count * 2)))))
            _ = error(text(bytes))
        }
        for count in try body(Self.offer()).indices {
            let bytes = Array(try body(Self.offer())[..<count])
            #expect(error(text(bytes)) != nil, "cut to \(count) bytes")
        }
    }

    @Test("addresses that nobody can answer at are ignored")
    func uselessCandidates() throws {
        let useless = Self.candidates(
            "0.0.0.0:1", "[::]:1", "224.0.0.1:1", "[ff02::1]:1", "255.255.255.255:1",
            "192.0.2.1:0")
        #expect(useless.count == 6)
        let good = Self.candidates("192.0.2.1:7001")

        #expect(Self.offer(useless + good).candidates == good)
        var body = try body(Self.offer(good, label: ""))
        body.replaceSubrange(89..<107, with: useless[2].encoded)
        let ticket = try Ticket(parsing: text(body))
        #expect(ticket.candidates.isEmpty)
        #expect(throws: TicketError.noCandidates) {
            try ticket.check(now: Sample.now, ownKey: Self.other)
        }
    }

    @Test("candidates behind the eighth are ignored")
    func manyCandidates() throws {
        let all = (1...9).map { SocketAddress(IPAddress(ipv4: 0xc000_0200 + $0), port: 7001) }
        #expect(Self.offer(all).candidates == Array(all[..<8]))

        var body = try body(Self.offer(Array(all[..<8]), label: ""))
        body[88] = 9
        body.insert(contentsOf: all[8].encoded, at: body.count - 1)
        #expect(try Ticket(parsing: text(body)).candidates == Array(all[..<8]))
    }

    @Test("an expired ticket and one's own are told apart")
    func checks() throws {
        let offer = Self.offer(expiry: Sample.now)

        #expect(throws: TicketError.expired(Sample.now)) {
            try offer.check(now: Sample.now, ownKey: Self.other)
        }
        #expect(throws: TicketError.own) {
            try offer.check(now: Sample.now, ownKey: Self.issuer)
        }
    }

    @Test("a label is cleaned and cut to 64 bytes between characters")
    func labels() throws {
        let label = "a\n\u{1b}[31m" + String(repeating: "ü", count: 40)

        let read = try Ticket(parsing: Self.offer(label: label).text)

        #expect(read.label.utf8.count <= Ticket.labelLimit)
        #expect(read.label.hasPrefix("a[31mü"))
        #expect(read.label.allSatisfy { "a[31mü".contains($0) })
    }

    @Test("an answer proves that its sender had the offer")
    func answers() throws {
        let offer = Self.offer()
        let answer = try #require(
            offer.answer(
                issuer: Self.other, candidates: Self.candidates("192.0.2.9:1"), label: "laptop"))

        let read = try Ticket(parsing: answer.text)

        #expect(read.id == offer.id)
        #expect(read.issuer == Self.other)
        #expect(read.isAuthentic(preSharedKey: Sample.secret()))
        #expect(!read.isAuthentic(preSharedKey: Sample.secret(8)))
        #expect(!offer.isAuthentic(preSharedKey: Sample.secret()))
        #expect(read.answer(issuer: Self.issuer, candidates: [], label: "") == nil)
        #expect(!answer.text.contains(TextCoding.base64URL.encode(Sample.secret().exposed)))
    }

    @Test("an answer with any byte changed is not authentic")
    func alteredAnswers() throws {
        let answer = try #require(
            Self.offer().answer(
                issuer: Self.other, candidates: Self.candidates("192.0.2.9:1"), label: "l"))
        let body = try body(answer)
        for index in body.indices {
            var changed = body
            changed[index] ^= 1
            do throws(TicketError) {
                let ticket = try Ticket(parsing: text(changed))
                #expect(!ticket.isAuthentic(preSharedKey: Sample.secret()), "byte \(index)")
            } catch {
                continue
            }
        }
    }

    @Test("a ticket describes itself without its secret")
    func description() {
        let offer = Self.offer()
        var dumped = ""
        dump(offer, to: &dumped)

        for text in ["\(offer)", dumped, String(reflecting: offer)] {
            #expect(text.count < 60, "\(text)")
        }
    }
}
