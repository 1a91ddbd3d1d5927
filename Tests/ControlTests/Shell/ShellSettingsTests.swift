import Testing

@testable import Control

@Suite struct ShellSettingsTests {
    @Test("each key takes its values, and shows them as it takes them")
    func keys() throws {
        var settings = ShellSettings()

        try settings.set(["peer", "homebox"])
        try settings.set(["events", "flow,pair"])
        try settings.set(["json", "on"])

        #expect(settings.lines == ["peer homebox", "events flow,pair", "json on"])

        try settings.set(["peer", "none"])
        try settings.set(["events", "off"])
        try settings.set(["json", "off"])

        #expect(settings.lines == ["peer none", "events off", "json off"])
        try settings.set(["events", "on"])
        #expect(settings == ShellSettings())
    }

    @Test(
        "anything else is refused",
        arguments: [
            [], ["peer"], ["peer", "a b"], ["peer", "a", "b"], ["events", "weather"],
            ["json", "maybe"], ["jsn", "on"],
        ])
    func refused(words: [String]) {
        var settings = ShellSettings()

        #expect(throws: CommandError.self) { try settings.set(words) }
        #expect(settings == ShellSettings())
    }
}
