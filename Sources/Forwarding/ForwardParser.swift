import SRMUDP

extension ForwardSpecification {
    /// Longest host name that is taken; what the open request on the wire can carry.
    package static let hostLimit = 255
    /// Bytes of a UNIX socket's path (`sun_path` without its closing zero).
    package static let pathLimit = 107
    /// The most forwards that one specification with ranges of ports may stand for.
    package static let rangeLimit = 1_000
}

/// Reads what `-L`, `-R`, `-D` and `-W` are given, as ssh would.
///
/// It gives the fields of a specification (`ForwardFields`) their meaning, which depends on how
/// many there are and which of them are paths. A range of ports in place of one stands for as many
/// forwards.
package struct ForwardParser {
    typealias Field = ForwardFields.Field
    typealias Reason = ForwardSpecificationError.Reason

    /// Looks an environment variable up, for `${NAME}`.
    let variables: (String) -> String?
    /// Looks the port of a service up, for `http` in the place of 80.
    let services: (String) -> UInt16?
    /// What stands for `%h` in the path of a socket; nil for a letter that means nothing.
    let tokens: (Character) -> String?
    /// What a listener on this side takes whose bind address is not written.
    let defaultBindAddress: ForwardSpecification.BindAddress

    package init(
        variables: @escaping (String) -> String?, services: @escaping (String) -> UInt16?,
        tokens: @escaping (Character) -> String? = { $0 == "%" ? "%" : nil },
        defaultBindAddress: ForwardSpecification.BindAddress = .loopback
    ) {
        self.variables = variables
        self.services = services
        self.tokens = tokens
        self.defaultBindAddress = defaultBindAddress
    }

    /// - Returns: one forward, or one for each port of a range, in order.
    package func parse(
        _ kind: ForwardSpecification.Kind, _ text: String
    ) throws(ForwardSpecificationError) -> [ForwardSpecification] {
        do throws(Reason) {
            let fields = try ForwardFields(
                text, variables: variables, isPort: isPort)
            let ends =
                switch kind {
                case .local: try fixed(fields.fields, default: defaultBindAddress)
                case .remote: try remote(fields.fields)
                case .dynamic: try dynamic(fields.fields, default: defaultBindAddress)
                case .standardStreams: try standardStreams(fields.fields)
                }
            return try ends.specifications(kind, fields.transport)
        } catch {
            throw ForwardSpecificationError(kind: kind, text: text, reason: error)
        }
    }

    // MARK: Forms

    /// A forward with a fixed destination: two fields if one is a path, else three or four.
    private func fixed(
        _ fields: [Field], default bind: ForwardSpecification.BindAddress
    ) throws(Reason) -> Ends {
        switch (fields.count, fields.first?.isPath ?? false, fields.last?.isPath ?? false) {
        case (2, true, true):
            Ends(entries: try path(fields[0]), destinations: [.path(try checked(path: fields[1]))])
        case (2, false, true):
            Ends(
                entries: try ports(bind, fields[0]),
                destinations: [.path(try checked(path: fields[1]))])
        case (3, true, false):
            Ends(entries: try path(fields[0]), destinations: try hosts(fields[1], fields[2]))
        case (3, false, true):
            Ends(
                entries: try ports(bind: fields[0], fields[1]),
                destinations: [.path(try checked(path: fields[2]))])
        case (3, false, false):
            Ends(entries: try ports(bind, fields[0]), destinations: try hosts(fields[1], fields[2]))
        case (4, _, _):
            Ends(
                entries: try ports(bind: fields[0], fields[1]),
                destinations: try hosts(fields[2], fields[3]))
        case (_, _, _): throw .wrongFields
        }
    }

    /// A SOCKS listener: a port, perhaps with a bind address, or a socket path.
    private func dynamic(
        _ fields: [Field], default bind: ForwardSpecification.BindAddress
    ) throws(Reason) -> Ends {
        let entries: [ForwardSpecification.Entry]
        switch fields.count {
        case 1 where fields[0].isPath: entries = try path(fields[0])
        case 1: entries = try ports(bind, fields[0])
        case 2: entries = try ports(bind: fields[0], fields[1])
        default: throw fields.isEmpty ? .wrongFields : .tooManyFields
        }
        return Ends(
            entries: entries,
            destinations: entries.map { _ in ForwardSpecification.Destination.socks })
    }

    /// ssh reads `-R` as a full specification first, and as a SOCKS listener if that fails. What is
    /// not written about its listener is the serving side's choice: the default is not ours.
    private func remote(_ fields: [Field]) throws(Reason) -> Ends {
        let isDynamic = fields.count <= 2 && !(fields.count == 2 && fields[1].isPath)
        return try isDynamic
            ? dynamic(fields, default: .loopback) : fixed(fields, default: .loopback)
    }

    private func standardStreams(_ fields: [Field]) throws(Reason) -> Ends {
        let destinations: [ForwardSpecification.Destination]
        switch fields.count {
        case 1 where fields[0].isPath: destinations = [.path(try checked(path: fields[0]))]
        case 2: destinations = try hosts(fields[0], fields[1])
        default: throw fields.count < 2 ? .wrongFields : .tooManyFields
        }
        return Ends(entries: [.standardStreams], destinations: destinations)
    }

    // MARK: Fields

    private func path(_ field: Field) throws(Reason) -> [ForwardSpecification.Entry] {
        [.path(try checked(path: field))]
    }

    private func checked(path field: Field) throws(Reason) -> String {
        let text = try expanded(field.text)
        let bytes = text.utf8
        guard (1...ForwardSpecification.pathLimit).contains(bytes.count), !bytes.contains(0) else {
            throw .pathTooLong
        }
        return text
    }

    /// The path with its tokens replaced.
    private func expanded(_ path: String) throws(Reason) -> String {
        var result = ""
        var rest = path[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            let letter = rest.popFirst()
            guard let letter, let value = tokens(letter) else {
                throw .unknownToken("%" + (letter.map(String.init) ?? ""))
            }
            result += value
        }
        return result
    }

    private func ports(
        bind: Field, _ port: Field
    ) throws(Reason) -> [ForwardSpecification.Entry] {
        if !bind.text.isEmpty, bind.text != "*" { try check(host: bind) }
        return try ports(.init(field: bind.text), port)
    }

    private func ports(
        _ bind: ForwardSpecification.BindAddress, _ field: Field
    ) throws(Reason) -> [ForwardSpecification.Entry] {
        guard !field.isPath, let range = try range(field.text) else {
            throw .badListenPort(field.text)
        }
        return range.map { .port(bind, $0) }
    }

    private func hosts(
        _ host: Field, _ port: Field
    ) throws(Reason) -> [ForwardSpecification.Destination] {
        try check(host: host)
        guard !port.isPath, let range = try range(port.text), range.lowerBound != 0 else {
            throw .badDestinationPort(port.text)
        }
        return range.map { .host(host.text, $0) }
    }

    /// `80`, `8000-8003` or the name of a service; nil for anything else. A range has no port 0,
    /// which would be as many arbitrary ports.
    private func range(_ text: String) throws(Reason) -> ClosedRange<UInt16>? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 2, let first = Self.number(parts[0]), let last = Self.number(parts[1]) {
            guard first > 0, first <= last else { return nil }
            guard last - first < ForwardSpecification.rangeLimit else { throw .rangeTooLong(text) }
            return first...last
        }
        guard let port = Self.isDecimal(text[...]) ? UInt16(text) : services(text) else {
            return nil
        }
        return port...port
    }

    private func isPort(_ text: String) -> Bool {
        do throws(Reason) {
            return try range(text) != nil
        } catch {
            // Too long a range is one all the same.
            return true
        }
    }

    private static func number(_ text: Substring) -> UInt16? {
        isDecimal(text) ? UInt16(text) : nil
    }

    private static func isDecimal(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
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

/// Both ends of one specification, one of each for each port of a range.
private struct Ends {
    let entries: [ForwardSpecification.Entry]
    let destinations: [ForwardSpecification.Destination]

    func specifications(
        _ kind: ForwardSpecification.Kind, _ transport: ForwardSpecification.Transport
    ) throws(ForwardSpecificationError.Reason) -> [ForwardSpecification] {
        guard entries.count == destinations.count else {
            throw .unequalRanges(entries.count, destinations.count)
        }
        let specifications = zip(entries, destinations).map { entry, destination in
            ForwardSpecification(
                kind: kind, transport: transport, entry: entry, destination: destination)
        }
        guard transport == .tcp || specifications.allSatisfy(\.joinsPorts) else {
            throw .noDatagrams
        }
        return specifications
    }
}

extension ForwardSpecification {
    /// Whether both ends are ports.
    fileprivate var joinsPorts: Bool {
        switch (entry, destination) {
        case (.port, .host): true
        case (.port, .path), (.port, .socks), (.path, _), (.standardStreams, _): false
        }
    }
}
