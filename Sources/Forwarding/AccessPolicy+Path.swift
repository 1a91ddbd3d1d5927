// UNIX sockets. Behind one may stand a service that trusts everybody who can open it, so that only
// a rule that names its path permits it: `any` does not.
extension AccessPolicy {
    /// Whether a peer may have the socket of this path dialled.
    package func permits(_ path: SocketPath) -> Bool {
        paths.contains { $0.matches(path.text) }
    }
}
