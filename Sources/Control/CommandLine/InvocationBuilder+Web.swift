import Forwarding
import SRMUDP

// The options of the web server.
extension InvocationBuilder {
    /// Nil where there is to be none.
    func web(_ parsed: ArgumentParser.Result) throws(CommandError) -> WebOptions? {
        guard let text = parsed.values(of: .web).first else {
            return try refuseWebOptions(parsed)
        }
        guard let address = OptionValues.webAddress(text) else {
            throw .usage(
                "--web", "'\(text.escapedForMessage)' is not an address and port",
                hint: "write 17017, 127.0.0.1:17017 or [::1]:17017")
        }
        var options = WebOptions(listen: address)
        options.isPlain = parsed.count(of: .webPlain) > 0
        options.certificateFile = parsed.values(of: .webCertificate).first
        options.keyFile = parsed.values(of: .webKey).first
        options.clientAuthorityFile = parsed.values(of: .webClientAuthority).first
        options.hosts = parsed.values(of: .webHost).map { $0.lowercased() }
        options.origins = parsed.values(of: .webOrigin).map { $0.lowercased() }
        options.hasOpenMetrics = parsed.count(of: .webOpenMetrics) > 0
        if let word = parsed.values(of: .webTokenCallers).first {
            options.tokenCallers = try callers(word)
        }
        if let port = try OptionValues.number(parsed, .webLinkPort, in: 0...65_535) {
            options.linkPort = UInt16(port)
        }
        if let count = try OptionValues.number(parsed, .webClients, in: 1...65_535) {
            options.clientLimit = count
        }
        let methods = parsed.values(of: .webClientMethods)
        if !methods.isEmpty {
            guard options.clientAuthorityFile != nil else {
                throw .usage(
                    "--web-client-methods", "nobody is asked for a certificate",
                    hint: "say who signs those of clients: --web-client-ca FILE")
            }
            options.clientMethods = methods
        }
        options.compression = try compression(parsed)
        try check(options)
        return options
    }

    private func callers(_ word: String) throws(CommandError) -> WebOptions.Callers {
        guard let callers = WebOptions.Callers(rawValue: word) else {
            throw .usage(
                "--web-token-callers", "'\(word.escapedForMessage)' is none of the words",
                hint: "write one of: "
                    + WebOptions.Callers.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return callers
    }

    private func compression(
        _ parsed: ArgumentParser.Result
    ) throws(CommandError) -> CompressionSettings? {
        let threshold = try OptionValues.number(
            parsed, .webCompressionThreshold, in: CompressionSettings.thresholds)
        let word = parsed.values(of: .webCompression).first ?? WebOptions.noCompression
        guard WebOptions.compressionWords.contains(word) else {
            throw .usage(
                "--web-compression", "'\(word.escapedForMessage)' is no level",
                hint: "write off, or a number from 1 to 9")
        }
        guard let level = Int(word) else { return nil }
        return CompressionSettings(
            level: level, threshold: threshold ?? CompressionSettings.defaultThreshold)
    }

    private func check(_ options: WebOptions) throws(CommandError) {
        guard (options.certificateFile == nil) == (options.keyFile == nil) else {
            throw .usage(
                "--web-tls-cert", "a certificate and its key belong together",
                hint: "give both --web-tls-cert and --web-tls-key")
        }
        guard options.clientAuthorityFile == nil || options.isSecure else {
            throw .usage(
                "--web-client-ca", "certificates of clients need TLS",
                hint: "give --web-tls-cert and --web-tls-key, too")
        }
        do throws(ControlError) {
            for pattern in options.clientMethods { try WebMethods.check(pattern) }
        } catch {
            throw .usage("--web-client-methods", error.why, hint: error.hint)
        }
        for host in options.hosts where !WebOptions.isHost(host) {
            throw .usage(
                "--web-host", "'\(host.escapedForMessage)' is no name of a server",
                hint: "write a name or an address without a port")
        }
        for origin in options.origins where !WebOptions.isOrigin(origin) {
            throw .usage(
                "--web-origin", "'\(origin.escapedForMessage)' is no site",
                hint: "write https://NAME or http://NAME:PORT, without a path")
        }
    }

    /// Without a server, nothing can be said about it.
    private func refuseWebOptions(_ parsed: ArgumentParser.Result) throws(CommandError)
        -> WebOptions?
    {
        let others: [OptionDefinition.ID] = [
            .webPlain, .webCertificate, .webKey, .webClientAuthority, .webHost, .webOrigin,
            .webTokenCallers, .webOpenMetrics, .webLinkPort, .webClients,
            .webClientMethods,
            .webCompression, .webCompressionThreshold,
        ]
        if let option = parsed.options.first(where: { others.contains($0.definition.id) }) {
            throw .usage(
                option.definition.displayName, "there is no web server",
                hint: "say where it listens: --web 17017")
        }
        return nil
    }
}

extension OptionValues {
    /// `ADDR:PORT`, `[ADDR]:PORT` or `PORT`; without an address it is 127.0.0.1.
    static func webAddress(_ text: String) -> SocketAddress? {
        if let address = SocketAddress(text) { return address }
        return text.hasPrefix(":") ? nil : SocketAddress("127.0.0.1:\(text)")
    }
}
