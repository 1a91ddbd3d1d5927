import Testing

@testable import SRMUDP

@Suite struct ConnectionErrorTests {
    @Test("the codes of CLOSE keep their numbers")
    func numbers() {
        let codes: [CloseCode] = [
            .none, .internalError, .protocolViolation, .flowControl, .streamLimit, .streamState,
            .finalSize, .keyExhausted, .abuse, .goingAway, .refused,
        ]

        #expect(codes.map(\.rawValue) == Array(0...10))
    }

    @Test("a code that is not known yet counts as an internal error, at any size")
    func unknownCodes() throws {
        for code in [11, 255, 1 << 62 - 1] as [UInt64] {
            var writer = ByteWriter(capacity: 64)
            writer.writeVarint(code)
            writer.writeVarint(2)
            writer.write([0x68, 0x69])

            let bytes = writer.array()
            var reader = ByteReader(bytes.span.bytes)
            let frame = try CloseFrame(&reader)

            #expect(frame.code == .internalError)
            #expect(frame.reason == "hi")
        }
    }

    @Test("each misuse of streams has a code")
    func streamErrors() {
        let codes: [(StreamError, CloseCode)] = [
            (.flowControl, .flowControl), (.finalSize, .finalSize), (.streamLimit, .streamLimit),
            (.streamState, .streamState), (.changedData, .protocolViolation),
            (.fragmentation, .abuse), (.churn, .abuse),
        ]

        for (error, code) in codes { #expect(CloseCode(error) == code) }
    }
}
