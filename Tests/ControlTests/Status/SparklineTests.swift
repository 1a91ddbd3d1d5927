import Testing

@testable import Control

@Suite struct SparklineTests {
    @Test("the largest value has the highest bar, and zero the lowest")
    func bars() {
        #expect(
            Sparkline.text([0, 1, 2, 4, 7, 8], width: 6, isUnicode: true) == "▁▂▃▅██")
        #expect(Sparkline.text([0, 4, 8], width: 3, isUnicode: false) == "_=#")
    }

    @Test("the newest values are shown, and missing ones are gaps")
    func width() {
        #expect(Sparkline.text([9, 9, 1, 8], width: 2, isUnicode: true) == "▂█")
        #expect(Sparkline.text([8, nil, 8], width: 5, isUnicode: true) == "  █ █")
        #expect(Sparkline.text([], width: 3, isUnicode: true) == "   ")
        #expect(Sparkline.text([1], width: 0, isUnicode: true).isEmpty)
        #expect(Sparkline.text([0, 0], width: 2, isUnicode: true) == "▁▁")
    }
}
