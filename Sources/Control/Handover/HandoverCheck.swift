import Forwarding
import SRMUDP

/// `p2pfwd __handover-check VERSION WORD...`: whether this program could go on with a node that was
/// started with these words. Another program asks it before its process becomes this one.
///
/// It looks at the version of what that node leaves, the command line, and the files of the home. It
/// answers with one line on standard output, `yes` or why not.
struct HandoverCheck {
    static let command = "__handover-check"
    static let yes = "yes"

    let builder: InvocationBuilder
    let context: (Invocation) throws(CommandError) -> CommandContext

    /// - Parameter words: those of the command line, behind the command.
    /// - Returns: why not; nil if it could.
    func obstacle(_ words: [String]) -> String? {
        guard words.first == "\(NodeSnapshot.version)" else {
            return "what the node leaves has another form than the new program reads"
        }
        do throws(CommandError) {
            let context = try context(try builder.invocation(for: Array(words.dropFirst())))
            _ = try context.identity()
            _ = try context.knownPeers()
            _ = try context.issuedTickets()
            _ = try context.knownServers()
            return nil
        } catch {
            return "\(error.what): \(error.why)"
        }
    }

    /// The words with which a node asks that was started with `arguments`, the name first.
    static func words(for arguments: [String]) -> [String] {
        [command, "\(NodeSnapshot.version)"] + arguments.dropFirst()
    }

    /// What became of asking a program.
    ///
    /// - Parameters:
    ///   - exit: nil where a signal ended it.
    ///   - output: what it wrote to standard output.
    /// - Returns: why it is not to go on with the node; nil if it may.
    static func obstacle(exit: Int32?, output: [UInt8]) -> String? {
        let line = String(
            decoding: output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        switch exit {
        case 0? where line == yes: return nil
        case let code? where line.isEmpty || code == 0:
            return "the new program cannot go on with a node (it ended with \(code))"
        case .some: return line.escapedForMessage
        case nil: return "the new program crashed when it was asked"
        }
    }
}
