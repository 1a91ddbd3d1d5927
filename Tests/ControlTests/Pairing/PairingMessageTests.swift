import SRMUDP
import Testing

@testable import Control

@Suite struct PairingMessageTests {
    @Test("messages are read as they were written")
    func roundTrip() throws {
        let confirmation = [UInt8](repeating: 3, count: 32)
        let messages: [PairingMessage] = [
            .joinerShare([4, 5]), .issuerShare([]),
            .joinerConfirmation(confirmation: confirmation, sealedCard: [1]),
            .issuerConfirmation(confirmation: confirmation, sealedCard: [1, 2]),
        ]

        for message in messages + PairingAbort.allCases.map(PairingMessage.abort) {
            #expect(try PairingMessage(decoding: message.encoded) == message)
        }
        #expect(PairingMessage.joinerShare([7]).encoded == [1, 7])
        #expect(PairingMessage.abort(.wrongCode).encoded == [15, 1])
    }

    @Test("an abort of a later version is an abort")
    func laterVersion() throws {
        #expect(try PairingMessage(decoding: [15, 200]) == .abort(.other))
    }

    @Test("other bytes are refused")
    func malformed() {
        let malformed: [[UInt8]] = [
            [], [0], [5], [15], [15, 1, 1], [3], [3] + [UInt8](repeating: 0, count: 32),
            [4] + [UInt8](repeating: 0, count: 31), [1] + [UInt8](repeating: 0, count: 1_186),
        ]

        for bytes in malformed {
            #expect(throws: WireError.self) { try PairingMessage(decoding: bytes) }
        }
    }
}
