/// `p2pfwd __complete WORD`: what the completion scripts ask for, one word a line; and the scripts
/// themselves, for `bash`, `zsh` and `fish`.
///
/// It never complains: a shell has no place for it while a line is typed.
package struct CompleteCommand {
    package let word: String

    package init(word: String) { self.word = word }

    package func run(in context: CommandContext) -> ExitCode {
        if let shell = CompletionGenerator.Shell(rawValue: word) {
            let script = CompletionGenerator().script(for: shell)
            context.output(String(script.dropLast()))
        } else if word == "peers" {
            do throws(FileError) {
                for peer in try KnownPeers(file: context.home.peers).peers {
                    context.output(peer.name)
                }
            } catch {
                return .failure
            }
        }
        return .success
    }
}
