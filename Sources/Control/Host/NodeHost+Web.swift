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
        let web = try WebServer(
            options: options, loop: runner.loop, random: context.random, logger: nodeLogger)
        self.web = web
        addWebRoutes(to: web)
        nodeLogger.info("web: \(web.url)")
    }

    /// All that answers at the web server.
    private func addWebRoutes(to web: WebServer) {
        web.add(HealthRoute(), at: "/v0/health", methods: ["GET"])
    }
}
