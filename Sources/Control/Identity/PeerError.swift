/// Why an operation on peers or tickets was refused.
package enum PeerError: Error, Equatable {
    case unknown(name: String, nearest: String?)
    /// The name stands for another key.
    case keyChanged(name: String)
    /// The key is known under another name.
    case knownAs(name: String)
    case nameTaken(name: String)
    case badName(name: String)
    /// Its grant has ended.
    case expired(name: String)
    case ticket(TicketError)
    case file(FileError)
}

extension PeerError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unknown(let name, _): "there is no peer called '\(name)'"
        case .keyChanged(let name):
            "THE KEY OF '\(name)' HAS CHANGED: another machine, or somebody who pretends to be it"
        case .knownAs(let name): "this machine is known already, as '\(name)'"
        case .nameTaken(let name): "there is a peer called '\(name)' already"
        case .badName(let name):
            "'\(name.prefix(64))' cannot be a name: 1 to 64 letters, digits, '.', '_' or '-', not "
                + "beginning with '-' or '.', and not a command or a ticket"
        case .expired(let name): "the time of '\(name)' is over"
        case .ticket(let error): error.description
        case .file(let error): error.description
        }
    }

    package var hint: String? {
        switch self {
        case .unknown(_, .some(let nearest)): "did you mean '\(nearest)'?"
        case .unknown(_, .none): "p2pfwd peers lists the peers; p2pfwd pair adds one"
        case .keyChanged(let name):
            "if the machine was set up anew: p2pfwd peers rm \(name), and pair again"
        case .knownAs(let name): "to call it something else: p2pfwd peers rename \(name) NAME"
        case .expired(let name): "to begin again: p2pfwd peers rm \(name), and pair again"
        case .nameTaken, .badName: nil
        case .ticket(let error): error.hint
        case .file(let error): error.hint
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .unknown, .keyChanged, .knownAs, .expired, .ticket: .peerRefused
        case .nameTaken: .failure
        case .badName: .usage
        case .file(let error): error.exitCode
        }
    }
}
