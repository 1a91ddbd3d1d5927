import SRMUDP

/// Why the text given to `-L`, `-R`, `-D` or `-W` is not a forward.
///
/// `description` is one line for the user; `grammar` is the form that would have been right.
package struct ForwardSpecificationError: Error, Equatable, CustomStringConvertible {
    package enum Reason: Error, Equatable, Sendable {
        case unfinishedVariable
        case unknownVariable(String)
        case unfinishedBracket
        case unfinishedEscape
        case tooManyFields
        case wrongFields
        case badListenPort(String)
        case badDestinationPort(String)
        case badHost(String)
        case pathTooLong
    }

    package let kind: ForwardSpecification.Kind
    package let text: String
    package let reason: Reason

    package var description: String {
        let word =
            switch kind {
            case .local: "local forwarding"
            case .remote: "remote forwarding"
            case .dynamic: "dynamic forwarding"
            case .standardStreams: "stdio forwarding"
            }
        return "Bad \(word) specification '\(text.printable)': \(reason)"
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

extension ForwardSpecificationError.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unfinishedVariable: "'${' without '}'"
        case .unknownVariable(let name):
            "the environment variable \(name.printable) is not set"
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
        }
    }
}

extension ForwardSpecification {
    /// Longest host name that is taken; what the open request on the wire can carry.
    package static let hostLimit = 255
    /// Bytes of a UNIX socket's path (`sun_path` without its closing zero).
    package static let pathLimit = 107

    /// Parses `text` as ssh would.
    ///
    /// - Parameters:
    ///   - variables: looks an environment variable up, for `${NAME}`.
    ///   - services: looks the port of a TCP service up, for `http` in the place of 80.
    package init(
        _ kind: Kind, parsing text: String, variables: (String) -> String?,
        services: @escaping (String) -> UInt16?
    ) throws(ForwardSpecificationError) {
        do throws(ForwardSpecificationError.Reason) {
            let fields = try ForwardFields(text, variables: variables).fields
            let parser = ForwardParser(services: services)
            switch kind {
            case .local: self = try parser.fixed(.local, fields)
            case .remote: self = try parser.remote(fields)
            case .dynamic: self = try parser.dynamic(.dynamic, fields)
            case .standardStreams: self = try parser.standardStreams(fields)
            }
        } catch {
            throw ForwardSpecificationError(kind: kind, text: text, reason: error)
        }
    }
}

/// Gives the fields of a specification their meaning, which depends on how many there are and which
/// of them are paths.
private struct ForwardParser {
    typealias Field = ForwardFields.Field
    typealias Reason = ForwardSpecificationError.Reason

    let services: (String) -> UInt16?

    /// A forward with a fixed destination: two fields if one is a path, else three or four.
    func fixed(
        _ kind: ForwardSpecification.Kind, _ fields: [Field]
    ) throws(Reason) -> ForwardSpecification {
        let entry: ForwardSpecification.Entry
        let destination: ForwardSpecification.Destination
        switch (fields.count, fields.first?.isPath ?? false, fields.last?.isPath ?? false) {
        case (2, true, true):
            entry = try path(fields[0])
            destination = .path(try checked(path: fields[1]))
        case (2, false, true):
            entry = .port(.loopback, try listenPort(fields[0]))
            destination = .path(try checked(path: fields[1]))
        case (3, true, false):
            entry = try path(fields[0])
            destination = try host(fields[1], fields[2])
        case (3, false, true):
            entry = try port(bind: fields[0], fields[1])
            destination = .path(try checked(path: fields[2]))
        case (3, false, false):
            entry = .port(.loopback, try listenPort(fields[0]))
            destination = try host(fields[1], fields[2])
        case (4, _, _):
            entry = try port(bind: fields[0], fields[1])
            destination = try host(fields[2], fields[3])
        case (_, _, _): throw .wrongFields
        }
        return ForwardSpecification(kind: kind, entry: entry, destination: destination)
    }

    /// A SOCKS listener: a port, perhaps with a bind address, or a socket path.
    func dynamic(
        _ kind: ForwardSpecification.Kind, _ fields: [Field]
    ) throws(Reason) -> ForwardSpecification {
        let entry: ForwardSpecification.Entry
        switch fields.count {
        case 1 where fields[0].isPath: entry = try path(fields[0])
        case 1: entry = .port(.loopback, try listenPort(fields[0]))
        case 2: entry = try port(bind: fields[0], fields[1])
        default: throw fields.isEmpty ? .wrongFields : .tooManyFields
        }
        return ForwardSpecification(kind: kind, entry: entry, destination: .socks)
    }

    /// ssh reads `-R` as a full specification first, and as a SOCKS listener if that fails.
    func remote(_ fields: [Field]) throws(Reason) -> ForwardSpecification {
        guard fields.count <= 2 else { return try fixed(.remote, fields) }
        if fields.count == 2, fields[1].isPath { return try fixed(.remote, fields) }
        return try dynamic(.remote, fields)
    }

    func standardStreams(_ fields: [Field]) throws(Reason) -> ForwardSpecification {
        let destination: ForwardSpecification.Destination
        switch fields.count {
        case 1 where fields[0].isPath: destination = .path(try checked(path: fields[0]))
        case 2: destination = try host(fields[0], fields[1])
        default: throw fields.count < 2 ? .wrongFields : .tooManyFields
        }
        return ForwardSpecification(
            kind: .standardStreams, entry: .standardStreams, destination: destination)
    }

    private func path(_ field: Field) throws(Reason) -> ForwardSpecification.Entry {
        .path(try checked(path: field))
    }

    private func checked(path field: Field) throws(Reason) -> String {
        let bytes = field.text.utf8
        guard (1...ForwardSpecification.pathLimit).contains(bytes.count), !bytes.contains(0) else {
            throw .pathTooLong
        }
        return field.text
    }

    private func port(
        bind: Field, _ port: Field
    ) throws(Reason) -> ForwardSpecification.Entry {
        if !bind.text.isEmpty, bind.text != "*" { try check(host: bind) }
        return .port(.init(field: bind.text), try listenPort(port))
    }

    private func host(
        _ host: Field, _ port: Field
    ) throws(Reason) -> ForwardSpecification.Destination {
        try check(host: host)
        guard let number = number(port), number != 0 else { throw .badDestinationPort(port.text) }
        return .host(host.text, number)
    }

    private func listenPort(_ field: Field) throws(Reason) -> UInt16 {
        guard let number = number(field) else { throw .badListenPort(field.text) }
        return number
    }

    private func number(_ field: Field) -> UInt16? {
        guard !field.isPath, !field.text.isEmpty else { return nil }
        let isDecimal = field.text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
        return isDecimal ? UInt16(field.text) : services(field.text)
    }

    /// A name goes to a resolver and into messages, never to a shell; still nothing passes that
    /// could be taken for an option or break a line.
    private func check(host: Field) throws(Reason) {
        let bytes = host.text.utf8
        let isPlain = bytes.allSatisfy { $0 > 0x20 && $0 != 0x7f && $0 != UInt8(ascii: "/") }
        guard isPlain, !host.isPath, (1...ForwardSpecification.hostLimit).contains(bytes.count),
            bytes.first != UInt8(ascii: "-")
        else { throw .badHost(host.text) }
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
