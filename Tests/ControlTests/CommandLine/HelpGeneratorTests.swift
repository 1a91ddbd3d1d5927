import Testing

@testable import Control

@Suite struct HelpGeneratorTests {
    @Test("help lines fit a terminal, and name every option and command")
    func overview() {
        let text = HelpGenerator().overview
        let model = CommandLineModel.standard

        for line in text.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
        for command in model.commands { #expect(text.contains("\n  \(command.name) ")) }
        for option in model.globalOptions + model.forward.options {
            #expect(text.contains("\n  \(option.synopsis)") == option.isOffered)
        }
        for code in ExitCode.allCases { #expect(text.contains("\(code.rawValue) ")) }
    }

    @Test("every command is documented with its options")
    func commands() {
        for command in CommandLineModel.standard.commands {
            let text = HelpGenerator().text(for: command)
            for option in command.options { #expect(text.contains(option.synopsis)) }
            #expect(CommandLineModel.commandNames.contains(command.name))
        }
    }

    @Test("the order and look of help is as it was read by somebody")
    func look() throws {
        let command = try #require(CommandLineModel.standard.command(named: "id"))

        #expect(
            HelpGenerator().text(for: command) == """
                p2pfwd id: print this node's ID

                Usage:
                  p2pfwd id [--json]

                  The ID is the public key; it is no secret. The key is made on first use.

                Options:
                  --json                print the result as JSON

                Options everywhere:
                  --home DIR            keep configuration, keys, peers and sockets in DIR
                  -v, --verbose         say more on standard error; -vv says still more
                  -q, --quiet           say only what ends the command
                  --log-format FORMAT   messages as text (default) or as json, an object on each
                                        line
                  -h, --help            show help and end
                  -V, --version         show the version and end
                """)
    }
}
