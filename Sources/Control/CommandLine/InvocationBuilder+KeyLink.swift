import Forwarding

package struct ListenKeyOptions: Equatable {
    package var keyFile: String
    package var port = KeyLinkHub.defaultPort
    package var remote: HostPort?
    package var json = false
    package var echoes = false
    package var isOnce = false

    package init(keyFile: String) { self.keyFile = keyFile }
}

extension InvocationBuilder {
    func listenKey(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> ListenKeyOptions {
        try refuseArguments(parsed)
        guard let file = parsed.values(of: .keyFile).first else {
            throw .usage(
                "listen-key", "--key-file is missing: which key do the two ends share?",
                hint: "p2pfwd listen-key --help")
        }
        guard file != "-" else {
            throw .usage(
                "--key-file", "standard input is what is sent; a key is read from a file (0600)")
        }
        var options = ListenKeyOptions(keyFile: file)
        if let port = try OptionValues.number(parsed, .port, in: 0...65_535) {
            options.port = UInt16(port)
        }
        if let text = parsed.values(of: .remoteEnd).first {
            guard let remote = HostPort(text: text) else {
                throw .usage(
                    "--remote",
                    "'\(text.escapedForMessage)' is not HOST:PORT; an IPv6 address "
                        + "stands in brackets: [::1]:17171")
            }
            options.remote = remote
        }
        options.json = json
        options.echoes = parsed.count(of: .echo) > 0
        options.isOnce = parsed.count(of: .once) > 0
        if options.echoes, options.json {
            throw .usage("--echo", "nothing is read or printed then; --json has no meaning")
        }
        return options
    }
}

extension HostPort {
    /// `HOST:PORT` as people write it, an IPv6 address in brackets.
    package init?(text: String) {
        guard let colon = text.lastIndex(of: ":") else { return nil }
        let number = text[text.index(after: colon)...]
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        let isNumber = number.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
        guard isNumber, let port = UInt16(number) else { return nil }
        self.init(host: String(host), port: port)
    }
}
