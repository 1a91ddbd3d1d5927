/// What one command asks of the running node, and how its answer reads.
///
/// The shell and the commands of the program make the same ones (`InvocationBuilder`), and a
/// `NodeConversation` carries them out. docs/CONTROL.md describes methods and parameters.
package struct NodeQuestion: Equatable {
    /// How a result is told to people.
    enum View: Equatable {
        /// This sentence; the result says no more.
        case done(String)
        /// Files were read again; the keys that hold from the next start on.
        case reloaded
        case peers
        case rights
        case paired
        case session
        case sessions
        case added
        case forwards
        /// As many as were cancelled.
        case cancelled
        case flows
        case status
        /// Lines that the node has made.
        case path
        case pings
        case network
        case logLevel(String)
        case logLines
        /// The lines of a text that the node has made for Prometheus.
        case metrics
        /// Nothing: events tell.
        case events
    }

    /// When the command is over.
    enum End: Equatable {
        case answer
        /// When the invitation that was answered has ended, as its events tell.
        case invitation
        /// When it is interrupted: until then its events are shown.
        case interrupt(topics: [String])
    }

    /// The command's name, for messages.
    var name = ""
    let method: String
    let parameters: [Parameter]
    let view: View
    var end = End.answer
    /// Whether a node is started for it where none runs.
    var startsNode = false
    var json = false

    /// A member of the parameters.
    struct Parameter: Equatable {
        let name: String
        let value: JSONValue
    }

    init(
        _ method: String, _ parameters: [(name: String, value: JSONValue?)] = [], view: View
    ) {
        self.method = method
        self.parameters = parameters.compactMap { name, value in
            value.map { Parameter(name: name, value: $0) }
        }
        self.view = view
    }

    var parametersValue: JSONValue { .object(parameters.map { ($0.name, $0.value) }) }
}
