import Testing

@testable import Control

@Suite struct ServerTallyTests {
    private var tally = ServerTally()

    @Test("registrations and calls are counted by what came of them")
    mutating func counted() {
        tally.note(.up(isFirst: true))
        tally.note(.up(isFirst: false))
        tally.note(.down("x"))
        tally.note(.observed)
        let call = CallID(1)
        tally.note(.event(.called(call, token: nil, sealed: [])))
        tally.note(.event(.callFailed(call, .serverSilent)))
        tally.note(.event(.callFailed(call, .notConnected)))
        tally.note(.event(.callFailed(call, .status(.notRegistered))))

        #expect((tally.registrations, tally.losses) == (2, 1))
        #expect(tally.calls == [.answered: 1, .serverSilent: 2, .refused: 1])
    }
}
