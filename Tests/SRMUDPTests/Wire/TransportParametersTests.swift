import TestSupport
import Testing

@testable import SRMUDP

@Suite struct TransportParametersTests {
    @Test("what is encoded decodes to the same, from a seed")
    func roundTrip() throws {
        let random = SeededRandomSource(seed: 4)
        for _ in 0..<1000 {
            var parameters = TransportParameters()
            parameters.initialMaxData = random.next() >> (2 + random.next(below: 62))
            parameters.initialMaxStreamData = random.next() >> (2 + random.next(below: 62))
            parameters.initialMaxStreams = random.next(below: 1 << 60 + 1)
            parameters.maxDatagramSize = 1200 + Int(random.next(below: 65_527 - 1200 + 1))
            parameters.maxAckDelay = .microseconds(Int64(random.next(below: 16_384_000)))
            parameters.idleHold = .seconds(1 + Int64(random.next(below: 604_800)))
            parameters.label = String("Büro-Rechner nebenan".prefix(Int(random.next(below: 21))))

            let encoded = parameters.encoded()

            #expect(try decode(encoded) == parameters)
            #expect(encoded.count <= TransportParameters.maxEncodedLength)
        }
    }

    @Test("nothing at all stands for the defaults, and unknown entries are skipped")
    func defaults() throws {
        let unknown: [UInt8] = [0x08, 0x03, 1, 2, 3, 0x7f, 0xff, 0x00, 0x08, 0x00]

        #expect(try decode([]) == TransportParameters())
        #expect(try decode(unknown) == TransportParameters())
        #expect(try decode(unknown + [0x03, 0x01, 0x05] + unknown).initialMaxStreams == 5)
    }

    @Test(
        "bad entries are errors",
        arguments: [
            // The same twice.
            "030105030105",
            // A length beyond the end; one of 62 bits; an identifier cut off.
            "030205", "03ffffffffffffffff", "43",
            // A number that does not fill its length, or is longer.
            "03020505", "030140", "0300",
            // Datagrams of 1199 and 65528 bytes.
            "040244af", "04048000fff8",
            // 16,384,000 microseconds; 0 and 604,801 seconds.
            "050480fa0000", "060100", "060480093a81",
            // 2^60 + 1 streams.
            "0308d000000000000001",
            // A label with a control character, one that is not UTF-8, one with 65 bytes.
            "07026107", "0702c328", "074041" + String(repeating: "61", count: 65),
            "07031b5b41", "0702c285",
        ])
    func invalid(text: String) {
        #expect(throws: WireError.self) { try decode(bytes(hex: text)) }
    }

    @Test("no random bytes stop the process")
    func fuzz() {
        let random = SeededRandomSource(seed: 5)
        for _ in 0..<10_000 {
            var input = random.bytes(count: Int(random.next(below: 40)))
            for index in input.indices where random.next(below: 2) == 0 { input[index] &= 7 }
            _ = try? decode(input)
        }
    }

    @Test("values out of range are known before they are sent")
    func validity() {
        var parameters = TransportParameters()
        #expect(parameters.isValid)
        parameters.label = String(repeating: "a", count: 65)
        #expect(!parameters.isValid)
        parameters.label = "two\nlines"
        #expect(!parameters.isValid)
        parameters = TransportParameters()
        parameters.maxDatagramSize = 1199
        #expect(!parameters.isValid)
        parameters = TransportParameters()
        parameters.idleHold = .milliseconds(-1)
        #expect(!parameters.isValid)
        parameters = TransportParameters()
        parameters.maxAckDelay = .microseconds(-1)
        #expect(!parameters.isValid)
    }

    @Test("a connection ID shows four digits and travels big-endian")
    func connectionID() {
        let identifier = ConnectionID(rawValue: 0x0f2a_0000_0000_0001)

        #expect("\(identifier)" == "conn 0f2a")
        #expect(identifier.bytes == [0x0f, 0x2a, 0, 0, 0, 0, 0, 1])
        #expect(ConnectionID(bytes: identifier.bytes[...]) == identifier)
    }

    private func decode(_ bytes: [UInt8]) throws -> TransportParameters {
        try TransportParameters(decoding: bytes.span.bytes)
    }
}
