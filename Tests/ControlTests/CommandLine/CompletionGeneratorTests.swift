import Testing

@testable import Control

@Suite struct CompletionGeneratorTests {
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
