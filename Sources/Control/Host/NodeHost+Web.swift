import Forwarding
import SRMUDP

// The web server of a node.
extension NodeHost {
    /// Starts it; the node holds it until its end.
    ///
    /// A node that goes on with what another program began listens at the same port as that, and does
    /// not end where it cannot.
    func startWeb(_ options: WebOptions) throws(CommandError) {
        guard let inheritance = context.inheritance else { return try openWeb(options) }
        var options = options
        if options.listen.port == 0, let state = try? JSONParser.parse(inheritance.hostState),
            let port = state["web"]?.integerValue.flatMap({ UInt16(exactly: $0) })
        {
            options.listen = SocketAddress(options.listen.ip, port: port)
        }
        do throws(CommandError) {
            try openWeb(options)
        } catch {
            nodeLogger.error("\(error.what): \(error.why); there is no web server now")
        }
    }

    /// Another program goes on with the node: clients that have a WebSocket shall come again.
    func leaveWeb() { web?.closeWebSockets() }

    private func openWeb(_ options: WebOptions) throws(CommandError) {
        let gate = try tokenGate()
        let web = try WebServer(
            options: options, loop: runner.loop, random: context.random, logger: nodeLogger)
        self.web = web
        beginCounting(web, gate)
        addWebRoutes(to: web, gate)
        nodeLogger.info("web: \(web.url)")
    }

    private func addTokenRoutes(to web: WebServer, _ gate: WebTokenGate) {
        let now = { [runner] in runner.loop.now }
        web.add(
            WebTokenRoute(issuer: self, gate: gate, now: now), at: "/v0/token",
            methods: WebTokenRoute.methods)
        web.add(
            WebTokenValidationRoute(gate: gate, now: now), at: "/v0/token/validate",
            methods: ["GET"])
        let tokens = WebTokensRoute(issuer: self)
        web.add(tokens, at: "/v0/tokens", methods: ["GET"])
        web.add(tokens, at: "/v0/tokens/*", methods: ["DELETE"])
        web.add(
            RPCRoute(
                gate: gate, loop: runner.loop, certificateMethods: web.options.clientMethods,
                handler: self),
            at: "/jsonrpc", methods: ["POST"])
    }

    /// All that answers at the web server.
    private func addWebRoutes(to web: WebServer, _ gate: WebTokenGate) {
        web.add(HealthRoute(), at: "/v0/health", methods: ["GET"])
        addTokenRoutes(to: web, gate)
        web.add(metricsRoute(web.options, gate), at: "/metrics", methods: ["GET"])
        for page in WebPage.all() {
            web.add(PageRoute(page), at: page.path, methods: ["GET"])
        }
        web.add(
            WebProxyRoute(host: self, gate: gate, options: web.options), at: "/v0/ws/proxy",
            methods: ["GET"])
    }
}
