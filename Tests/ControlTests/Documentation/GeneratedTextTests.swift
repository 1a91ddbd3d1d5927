import Foundation
import Testing

@testable import Control

@Suite struct GeneratedTextTests {
    @Test("what is checked in is what is made: make generate", arguments: GeneratedText.allCases)
    func upToDate(generated: GeneratedText) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: generated.path)

        #expect(try String(contentsOf: file, encoding: .utf8) == generated.text)
    }

    @Test("every key is documented", arguments: ConfigurationKey.all)
    func keys(key: ConfigurationKey) {
        #expect(GeneratedText.configuration.text.contains("| `\(key.name)` |"))
        #expect(
            GeneratedText.configurationManual.text.contains(
                "\\fB\(RoffText.escaped(key.name)): "))
        #expect(HelpGenerator().configuration.contains("  \(key.name): "))
    }

    @Test("every option that is offered is in the manual")
    func options() {
        let manual = GeneratedText.manual.text
        let model = CommandLineModel.standard
        let options =
            model.forward.options + model.globalOptions + model.commands.flatMap(\.options)
        for option in options where option.isOffered {
            #expect(manual.contains("\\fB\(RoffText.escaped(option.synopsis))\\fR"))
        }
    }

    @Test("no line of a page is taken for a request")
    func escaping() {
        #expect(RoffText.escaped(".x 'a' \\b-c") == "\\&.x \\(aqa\\(aq \\eb\\-c")
    }

    @Test("the example of the reference is a good file")
    func example() throws {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        let text = ConfigurationReference.example.joined(separator: "\n")
        let file = try ConfigurationFile(
            parsing: [UInt8](text.utf8), path: "f", surroundings: surroundings)

        #expect(file.peers.map(\.name) == ["homebox", "attic"])
    }
}
