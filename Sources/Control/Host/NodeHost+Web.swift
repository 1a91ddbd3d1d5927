import Forwarding
import SRMUDP

// The web server of a node.
extension NodeHost {
    /// Starts it; the node holds it until its end.
    func startWeb(_ options: WebOptions) throws(CommandError) {
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
