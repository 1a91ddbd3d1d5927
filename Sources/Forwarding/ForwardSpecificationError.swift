/// Why the text given to `-L`, `-R`, `-D` or `-W` is not a forward.
///
/// `description` is one line for the user; `grammar` is the form that would have been right.
package struct ForwardSpecificationError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Error, Equatable, Sendable {
        case unfinishedVariable
        case unknownVariable(String)
        case unknownToken(String)
        case unfinishedBracket
        case unfinishedEscape
        case tooManyFields
        case wrongFields
        case badListenPort(String)
        case badDestinationPort(String)
        case badHost(String)
        case pathTooLong
        /// How many ports to listen on, and how many destinations, were written.
        case unequalRanges(Int, Int)
        case rangeTooLong(String)
        case contradictingProtocols
        case noDatagrams
    }

    package let kind: ForwardSpecification.Kind
    package let text: String
    package let reason: Reason

    package var description: String {
        "Bad \(kind.gerund) specification '\(text.printable)': \(reason)"
    }

    package var grammar: String {
        switch kind {
        case .local: "-L [bind_address:]port:host:hostport"
        case .remote: "-R [bind_address:]port:host:hostport"
        case .dynamic: "-D [bind_address:]port"
        case .standardStreams: "-W host:port"
        }
    }
}

extension ForwardSpecification.Kind {
    /// As ssh calls it: `local forwarding`.
    package var gerund: String {
        switch self {
        case .local: "local forwarding"
        case .remote: "remote forwarding"
        case .dynamic: "dynamic forwarding"
        case .standardStreams: "stdio forwarding"
        }
    }
}

extension ForwardSpecificationError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unfinishedVariable: "'${' without '}'"
        case .unknownVariable(let name):
            "the environment variable \(name.printable) is not set"
        case .unknownToken(let token):
            "'\(token.printable)' is no token of a path; write %% for a plain %"
        case .unfinishedBracket: "'[' needs its ']' at the end of the field"
        case .unfinishedEscape: "nothing follows the last backslash"
        case .tooManyFields:
            "more than four fields; an IPv6 address needs brackets, as in [::1]"
        case .wrongFields: "a field is missing"
        case .badListenPort(let port): "'\(port.printable)' is not a port to listen on (0-65535)"
        case .badDestinationPort(let port):
            "'\(port.printable)' is not a destination port (1-65535)"
        case .badHost(let host): "'\(host.printable)' is not a host name or address"
        case .pathTooLong: "the path of a socket is empty or longer than 107 bytes"
        case .unequalRanges(let listeners, let destinations):
            "\(listeners) to listen on, but \(destinations) to go to"
        case .rangeTooLong(let range):
            "'\(range.printable)' has more than \(ForwardSpecification.rangeLimit) ports"
        case .contradictingProtocols: "it begins with one protocol and ends with another"
        case .noDatagrams: "datagrams go from a UDP port to a UDP port only"
        }
    }
}

extension String {
    /// The text with control characters shown as `?` and cut after 80 characters, for messages.
    var printable: String {
        let shown = prefix(80).map { character in
            character.unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f) ~= $0.value }
                ? "?" : String(character)
        }
        return shown.joined() + (count > 80 ? "..." : "")
    }
}
