import Testing

@testable import Control

@Suite struct WatchViewTests {
    private func model(_ rates: [Int64]) -> WatchModel {
        var model = WatchModel()
        for rate in rates {
            var report = StatusSamples.full
            report.sessions[0].sentBitsPerSecond = rate
            model.take([report])
        }
        return model
    }

    @Test("a session has bars for what it sent, what it received and its round trip")
    func session() {
        let view = WatchView(width: 72, height: 24, isUnicode: true)

        let lines = view.lines(of: model([0, 400_000, 800_000]), time: "T")

        #expect(lines[0] == "p2pfwd status, T" + String(repeating: " ", count: 50) + "q ends")
        #expect(lines[2] == "serve (process 12) at [::]:7001, up 3 min 4 s")
        #expect(lines[4].hasPrefix("  homebox: up for 1 min 0 s, relayed, 192.0.2.7:41022"))
        #expect(lines[6].hasPrefix("    sent      ") && lines[6].contains("▁▅█  800.0 kbit/s"))
        #expect(lines[7].contains("▁▁▁  0 bit/s") && lines[7].hasSuffix("999 bytes"))
        #expect(lines[8].contains("███  11.2 ms") && lines[8].hasSuffix("lost 0.4 %"))
    }

    @Test("lines fit any size", arguments: [0, 1, 5, 20, 79, 300], [0, 1, 2, 7, 100])
    func sizes(width: Int, height: Int) {
        for isUnicode in [true, false] {
            let view = WatchView(width: width, height: height, isUnicode: isUnicode)

            let lines = view.lines(of: model([1, 2, 3]), time: "2026-11-26T19:00:00Z")

            #expect(lines.count <= height)
            #expect(lines.allSatisfy { $0.count <= width })
            #expect(isUnicode || lines.joined().allSatisfy(\.isASCII))
        }
    }

    @Test("what does not fit is counted")
    func overflow() {
        let lines = WatchView(width: 80, height: 4, isUnicode: true)
            .lines(of: model([1]), time: "T")

        #expect(lines.count == 4)
        #expect(lines.last == "(9 more lines)")
    }

    @Test("nothing that runs is said, too")
    func nothing() {
        var model = model([1])
        model.take([])

        let lines = WatchView(width: 80, height: 24, isUnicode: true).lines(of: model, time: "T")

        #expect(lines.count == 2 && lines[1] == "nothing of this home is running")
    }

    @Test("a history is bounded, and ends with its session")
    func history() {
        var model = model(Array(repeating: 5, count: 300))
        let report = StatusSamples.full
        #expect(model.history(of: 0, in: report).sent.count == WatchModel.History.limit)

        model.take([])
        model.take([report])

        #expect(model.history(of: 0, in: report).sent == [800_000])
    }
}
