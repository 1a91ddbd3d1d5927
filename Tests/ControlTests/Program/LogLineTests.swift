import SRMUDP
import Testing

@testable import Control

@Suite struct LogLineTests {
    @Test("people read the program's name, and the level of what only the curious want to know")
    func plain() {
        #expect(LogLine(level: .info, text: "up").plain() == "p2pfwd: up")
        #expect(LogLine(level: .debug, text: "up").plain() == "p2pfwd: [debug] up")
        #expect(LogLine(level: .info, text: "up").plain(stamp: "T [1]") == "T [1] p2pfwd: up")
        #expect(
            LogLine(level: .error, text: "a: b", hint: "c").plain() == "p2pfwd: a: b\nhint: c")
    }

    @Test(
        "the journal wants the priority in front of each line",
        arguments: [
            (.error, "<3>"), (.warning, "<4>"), (.info, "<6>"), (.debug, "<7>"), (.trace, "<7>"),
        ] as [(Logger.Level, String)])
    func journal(level: Logger.Level, prefix: String) {
        #expect(LogLine(level: level, text: "up").journal == "\(prefix)up")
        #expect(
            LogLine(level: level, text: "a", hint: "b").journal == "\(prefix)a\n\(prefix)hint: b")
    }

    @Test("JSON is one object on one line")
    func json() {
        let line = LogLine(level: .warning, text: "a\n\"b\"", hint: "c")

        #expect(
            line.json(time: UnixTime(seconds: 0), process: 7)
                == #"{"time":"1970-01-01T00:00:00Z","level":"warning","pid":7,"#
                + #""text":"a\n\"b\"","hint":"c"}"#)
    }

    @Test("a message is one line, and moves no cursor")
    func controls() {
        #expect(LogLine(level: .info, text: "a\nb\u{1b}[2J").plain() == "p2pfwd: a b [2J")
        #expect(LogLine(level: .info, text: "a\n<0>b").journal == "<6>a <0>b")
    }

    @Test("JOURNAL_STREAM names a device and an inode")
    func stream() {
        #expect(JournalStream("8:1234")?.inode == 1_234)
        for text in [nil, "", "8", "8:", ":1", "8:1:2", "a:b", "-8:1"] {
            #expect(JournalStream(text) == nil)
        }
    }
}
