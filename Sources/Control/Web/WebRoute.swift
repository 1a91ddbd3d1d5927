import Forwarding

/// What answers at some paths of the web server.
package protocol WebRoute: AnyObject {
    /// Answers, now or later. The guards have let the request in, and the method is one that the
    /// route is there for.
    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor)

    /// The most bytes that a body may have here; 64 KiB unless the route says otherwise.
    var bodyLimit: Int { get }
}

extension WebRoute {
    package var bodyLimit: Int { HTTPServer.usualBodyLimit }
}

/// Who asks, as far as the guards found out.
package struct WebVisitor {
    /// The site whose script asks; it may. Nil for programs and for pages of our own.
    package let origin: String?
    /// The common name in the certificate of the client, which was verified.
    package let clientName: String?
    private let asksLocally: () -> Bool

    /// - Parameter isLocalCaller: asked when somebody wants to know, since it reads files.
    package init(
        origin: String? = nil, clientName: String? = nil,
        isLocalCaller: @autoclosure @escaping () -> Bool
    ) {
        self.origin = origin
        self.clientName = clientName
        asksLocally = isLocalCaller
    }

    /// Whether the request comes from this machine and this user (`WebOptions.Callers`), and not from
    /// a script of another site.
    package var isLocalCaller: Bool { origin == nil && asksLocally() }
}
