import Testing

@testable import Control

@Suite struct WebTallyTests {
    private let tally = WebTally()

    @Test("requests are counted by route and kind of answer")
    func counted() {
        tally.answered(route: "/metrics", status: 200)
        tally.answered(route: "/metrics", status: 204)
        tally.answered(route: "/metrics", status: 401)
        tally.answered(route: nil, status: 404)

        #expect(
            tally.requests == [
                .init(route: "/metrics", statusClass: 2): 2,
                .init(route: "/metrics", statusClass: 4): 1,
                .init(route: "other", statusClass: 4): 1,
            ])
    }

    @Test("however many routes there are, the count of them is bounded")
    func bounded() {
        for number in 0..<1_000 { tally.answered(route: "/\(number)", status: 200) }

        #expect(tally.requests.count <= 65)
        #expect(tally.requests.values.reduce(0, +) == 1_000)
    }
}
