import Foundation
import Testing

@testable import Control

@Suite struct CompletionGeneratorTests {
    private func checkedIn(_ shell: CompletionGenerator.Shell) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "completions/p2pfwd.\(shell.rawValue)")
        return try String(contentsOf: file, encoding: .utf8)
    }

    @Test(
        "the checked-in scripts are what the model gives",
        arguments: CompletionGenerator.Shell.allCases)
    func upToDate(shell: CompletionGenerator.Shell) throws {
        #expect(try checkedIn(shell) == CompletionGenerator().script(for: shell))
    }

    @Test("every option and command is offered", arguments: CompletionGenerator.Shell.allCases)
    func complete(shell: CompletionGenerator.Shell) {
        let script = CompletionGenerator().script(for: shell)
        let model = CommandLineModel.standard

        for command in model.commands { #expect(script.contains(command.name)) }
        for option in model.globalOptions + model.commands.flatMap(\.options) {
            let spelling = shell == .fish ? "-l \(option.long ?? "")" : option.displayName
            #expect(option.long == nil || script.contains(spelling))
        }
    }
}
