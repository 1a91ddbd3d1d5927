import Forwarding
import SRMUDP

/// The web server of a node: lets requests in (`WebGuard`) and hands each to the route of its path.
///
/// It never logs a query, in which older clients have tokens and keys.
package final class WebServer {
    private struct Entry {
        let route: any WebRoute
        let path: String
        /// The parts of the path between slashes; `*` is any one of them.
        let pattern: [Substring]
        let methods: [String]
    }

    /// What every answer has, unless it says something else of its own.
    private static let commonFields = HTTPFields([
        "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    ])

    package let options: WebOptions
    private let webGuard: WebGuard
    private let isTrusted: (_ peer: SocketAddress, _ local: SocketAddress) -> Bool
    private let logger: Logger
    private var server: HTTPServer?
    private var entries: [Entry] = []
    /// Is told of every answer.
    var tally: WebTally?

    /// Listens until `close`.
    ///
    /// - Parameter isTrusted: whether a connection within this machine is one of this user.
    /// - Throws: exit code 5 for an address that other machines reach where neither TLS nor
    ///   `isPlain` is asked for; 2 for files that are no certificate and key; 8 if it cannot listen.
    package init(
        options: WebOptions, loop: EventLoop, random: any RandomSource, logger: Logger,
        configuration: HTTPServer.Configuration = HTTPServer.Configuration(),
        isTrusted: @escaping (_ peer: SocketAddress, _ local: SocketAddress) -> Bool =
            LocalCaller.isTrusted
    ) throws(CommandError) {
        self.options = options
        self.logger = logger
        self.isTrusted = isTrusted
        webGuard = WebGuard(options)
        try Self.checkExposure(options)
        let security = try Self.security(options)
        var configuration = configuration
        configuration.clientLimit = options.clientLimit
        configuration.clientLimitPerSource = max(1, options.clientLimit / 2)
        configuration.compression = options.compression
        do throws(SystemError) {
            server = try HTTPServer(
                loop: loop, address: options.listen, security: security, random: random,
                configuration: configuration, logger: logger, handler: self)
        } catch {
            throw CommandError("web: listen at \(options.listen)", error.reason, .localError)
        }
    }

    deinit { close() }

    /// The address listened at, with the port that the system chose if it was asked to.
    package var address: SocketAddress { server?.address ?? options.listen }

    /// Where a browser finds it: `http://127.0.0.1:17017/`.
    package var url: String {
        let ip = address.ip.isUnspecified ? IPAddress.loopbackIPv4 : address.ip
        return "\(options.isSecure ? "https" : "http")://\(SocketAddress(ip, port: address.port))/"
    }

    package var clientCount: Int { server?.clientCount ?? 0 }
    package var webSocketCount: Int { server?.webSocketCount ?? 0 }
    package var refusedCount: UInt64 { server?.refusedCount ?? 0 }

    /// Has `route` answer at `path` from now on.
    ///
    /// - Parameters:
    ///   - path: such as `/v0/tokens/*`, where `*` stands for one part between slashes.
    ///   - methods: GET implies HEAD.
    package func add(_ route: any WebRoute, at path: String, methods: [String]) {
        let all = methods + (methods.contains("GET") && !methods.contains("HEAD") ? ["HEAD"] : [])
        entries.append(Entry(route: route, path: path, pattern: Self.parts(path), methods: all))
    }

    /// Stops listening, and tells the clients that have a WebSocket.
    package func close(
        _ code: WebSocketClose.Code = .goingAway, reason: String = "the node is ending"
    ) {
        server?.close(code, reason: reason)
    }

    /// Tells the clients that have a WebSocket to come again; all else goes on.
    package func closeWebSockets() {
        server?.closeWebSockets(.serviceRestart, reason: "service restart")
    }

    // MARK: Setting up

    private static func checkExposure(_ options: WebOptions) throws(CommandError) {
        guard !options.isSecure, !options.isPlain, !options.listen.ip.isLoopback else { return }
        throw CommandError(
            "web: listen at \(options.listen)",
            "other machines would connect in the clear, where tokens can be read on the way",
            hint: "give it a certificate (--web-tls-cert, --web-tls-key), or say --web-plain",
            .refused)
    }

    private static func security(_ options: WebOptions) throws(CommandError) -> TLSContext? {
        guard let certificate = options.certificateFile, let key = options.keyFile else {
            return nil
        }
        do throws(TLSError) {
            return try TLSContext.server(
                certificateFile: certificate, keyFile: key,
                clientAuthorityFile: options.clientAuthorityFile)
        } catch {
            throw CommandError("web: TLS", error.description, .usage)
        }
    }

    private static func parts(_ path: String) -> [Substring] {
        path.split(separator: "/", omittingEmptySubsequences: false)
    }

    // MARK: Routing

    private func entries(for path: String) -> [Entry] {
        let parts = Self.parts(path)
        return entries.filter { entry in
            entry.pattern.count == parts.count
                && zip(entry.pattern, parts).allSatisfy { $0 == $1 || $0 == "*" && !$1.isEmpty }
        }
    }

    private func commonFields(for origin: String?) -> HTTPFields {
        var fields = Self.commonFields
        if let origin {
            fields.append("Access-Control-Allow-Origin", origin)
            fields.append("Vary", "Origin")
        }
        return fields
    }

    /// What a browser asks before a script of another site may send something (Fetch, "CORS
    /// preflight"), or anybody who wants to know the methods.
    private func answerOptions(_ exchange: HTTPExchange, _ methods: [String], _ origin: String?) {
        let list = (methods + ["OPTIONS"]).joined(separator: ", ")
        var fields = HTTPFields(["Allow": list])
        if origin != nil {
            fields.append("Access-Control-Allow-Methods", list)
            fields.append("Access-Control-Allow-Headers", "Authorization, Content-Type")
            fields.append("Access-Control-Max-Age", "600")
            if exchange.head.fields["Access-Control-Request-Private-Network"] == "true" {
                fields.append("Access-Control-Allow-Private-Network", "true")
            }
        }
        exchange.answer(HTTPResponse(status: 204, fields: fields))
    }

    private func isLocalCaller(_ client: HTTPClient) -> Bool {
        switch options.tokenCallers {
        case .any: true
        case .loopback: client.peer.ip.isLoopback
        case .user: isTrusted(client.peer, client.local)
        }
    }
}

extension WebServer: HTTPHandler {
    package func handle(_ exchange: HTTPExchange) {
        let head = exchange.head
        // The guard has let it in before its body was read.
        let origin = (try? webGuard.check(head, from: exchange.client)) ?? nil
        exchange.commonFields = commonFields(for: origin)
        let found = entries(for: head.path)
        exchange.answered = { [tally, path = found.first?.path] status in
            tally?.answered(route: path, status: status)
        }
        guard !found.isEmpty else {
            return exchange.answer(.error(404, "not_found", "there is nothing here"))
        }
        let methods = found.flatMap(\.methods)
        if head.method == "OPTIONS" { return answerOptions(exchange, methods, origin) }
        guard let entry = found.first(where: { $0.methods.contains(head.method) }) else {
            return exchange.answer(
                .error(
                    405, "method_not_allowed", "this method is not for this path",
                    fields: HTTPFields(["Allow": methods.joined(separator: ", ")])))
        }
        let client = exchange.client
        let visitor = WebVisitor(
            origin: origin, clientName: client.name,
            isLocalCaller: self.isLocalCaller(client))
        entry.route.handle(exchange, visitor)
    }

    package func bodyLimit(for head: HTTPRequestHead) -> Int {
        entries(for: head.path).first { $0.methods.contains(head.method) }?.route.bodyLimit
            ?? HTTPServer.usualBodyLimit
    }

    package func refusal(of head: HTTPRequestHead, from client: HTTPClient) -> HTTPResponse? {
        do throws(WebGuard.Refusal) {
            _ = try webGuard.check(head, from: client)
            return nil
        } catch {
            logger.debug("web: a request from \(client.peer) was refused: \(error)")
            var response = error.response
            response.fields.complete(with: Self.commonFields)
            tally?.answered(route: nil, status: response.status)
            return response
        }
    }

    package func response(to error: HTTPRequestError) -> HTTPResponse {
        var response = HTTPResponse.error(error.status, error.code, error.description)
        response.fields.complete(with: Self.commonFields)
        tally?.answered(route: nil, status: response.status)
        return response
    }
}
