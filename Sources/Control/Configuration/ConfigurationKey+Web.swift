import Forwarding

extension ConfigurationKey {
    /// The keys below `web:`.
    static let web = [
        ConfigurationKey(
            "web.listen", .webAddress, reach: .serving, as: .option(.web),
            default: "(there is no web server)", "TCP address of the web server"),
        ConfigurationKey(
            "web.tls-cert", .file, reach: .serving, as: .option(.webCertificate),
            default: "(connections in the clear)",
            "its certificate (PEM), and those of its signers"),
        ConfigurationKey(
            "web.tls-key", .file, reach: .serving, as: .option(.webKey), default: "(none)",
            "the key (PEM) of that certificate"),
        ConfigurationKey(
            "web.client-ca", .file, reach: .serving, as: .option(.webClientAuthority),
            default: "(clients are asked for no certificate)",
            "certificates (PEM) of those who sign certificates of clients"),
        ConfigurationKey(
            "web.hosts", .webHost, reach: .serving, isList: true, as: .option(.webHost),
            default: "(localhost and the address connected to)",
            "further names under which clients may ask for it"),
        ConfigurationKey(
            "web.origins", .webOrigin, reach: .serving, isList: true, as: .option(.webOrigin),
            default: "(its own pages)", "further sites whose scripts may use it"),
        ConfigurationKey(
            "web.plain", .flag, reach: .serving, as: .option(.webPlain), default: "false",
            "whether other machines may connect in the clear"),
        ConfigurationKey(
            "web.token-callers", .words(WebOptions.Callers.allCases.map(\.rawValue)),
            reach: .serving, as: .option(.webTokenCallers),
            default: WebOptions.Callers.user.rawValue,
            "who may make tokens: programs of this user on this machine, of anybody on it, or any"),
        ConfigurationKey(
            "web.open-metrics", .flag, reach: .serving, as: .option(.webOpenMetrics),
            default: "false", "whether /metrics needs no token"),
        ConfigurationKey(
            "web.client-methods", .method, reach: .serving, isList: true,
            as: .option(.webClientMethods),
            default: "(_ping, *._ping, and what changes nothing)",
            "methods of /jsonrpc that clients with a certificate may call"),
        ConfigurationKey(
            "web.udp", .number(0...65_535), reach: .serving, as: .option(.webLinkPort),
            default: "\(WebOptions.defaultLinkPort)",
            "UDP port of links that have a key and no pairing; 0 is any"),
        ConfigurationKey(
            "web.clients", .number(1...65_535), reach: .serving, as: .option(.webClients),
            default: "\(WebOptions.defaultClientLimit)", "most connections at a time"),
        ConfigurationKey(
            "web.compression", .words(WebOptions.compressionWords), reach: .serving,
            as: .option(.webCompression), default: WebOptions.noCompression,
            "level for WebSocket messages, 1 (fast) to 9 (small), where the client asks for it"),
        ConfigurationKey(
            "web.compression-threshold",
            .number(CompressionSettings.thresholds), reach: .serving,
            as: .option(.webCompressionThreshold),
            default: "\(CompressionSettings.defaultThreshold)",
            "messages of fewer bytes are sent as they are"),
    ]
}
