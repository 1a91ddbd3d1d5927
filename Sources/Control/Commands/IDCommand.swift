/// `p2pfwd id`: prints this node's ID.
package struct IDCommand {
    package let json: Bool

    package init(json: Bool) { self.json = json }

    package func run(in context: CommandContext) throws(CommandError) -> ExitCode {
        let id = "\(try context.identity().nodeID)"
        context.output(json ? JSONValue.object([("id", .string(id))]).text : id)
        return .success
    }
}
