import Forwarding

/// The options of the web server.
extension CommandLineModel {
    static let web: [OptionDefinition] = [
        OptionDefinition(
            .web, long: "web", value: "[ADDR:]PORT",
            summary: "serve web pages and scripts at this TCP address (127.0.0.1 without ADDR)"),
        OptionDefinition(
            .webCertificate, long: "web-tls-cert", value: "FILE", completion: .file,
            summary: "certificate (PEM) of the web server, and those of its signers"),
        OptionDefinition(
            .webKey, long: "web-tls-key", value: "FILE", completion: .file,
            summary: "the key (PEM) of that certificate"),
        OptionDefinition(
            .webClientAuthority, long: "web-client-ca", value: "FILE", completion: .file,
            summary: "certificates (PEM) of those who sign certificates of web clients"),
        OptionDefinition(
            .webHost, long: "web-host", value: "NAME", isRepeatable: true,
            summary: "a name of the web server besides localhost and its address"),
        OptionDefinition(
            .webOrigin, long: "web-origin", value: "URL", isRepeatable: true,
            summary: "let scripts of this site use the web server: https://NAME[:PORT]"),
        OptionDefinition(
            .webPlain, long: "web-plain",
            summary: "let other machines connect to the web server in the clear"),
        OptionDefinition(
            .webTokenCallers, long: "web-token-callers", value: "WHO",
            completion: .choices(WebOptions.Callers.allCases.map(\.rawValue)),
            summary: "who may make tokens: user (default; this user's programs here), loopback, any"
        ),
        OptionDefinition(
            .webOpenMetrics, long: "web-open-metrics", summary: "let /metrics need no token"),
        OptionDefinition(
            .webClientMethods, long: "web-client-methods", value: "NAME", isRepeatable: true,
            summary: "a method of /jsonrpc for clients with a certificate, as a pattern with *"),
        OptionDefinition(
            .webLinkPort, long: "web-udp", value: "PORT",
            summary: "UDP port of links with a key (default \(WebOptions.defaultLinkPort))"),
        OptionDefinition(
            .webClients, long: "web-clients", value: "NUMBER",
            summary: "most connections at a time (default \(WebOptions.defaultClientLimit))"),
        OptionDefinition(
            .webCompression, long: "web-compression", value: "LEVEL",
            completion: .choices(WebOptions.compressionWords),
            summary: "compress WebSocket messages: off (default), or 1 (fast) to 9 (small)"),
        OptionDefinition(
            .webCompressionThreshold, long: "web-compression-threshold", value: "BYTES",
            summary: "but none that are shorter than this "
                + "(default \(CompressionSettings.defaultThreshold))"),
    ]
}
