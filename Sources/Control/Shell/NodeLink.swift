/// The shell's connection to the node of its home, made anew when it is needed and not there.
final class NodeLink {
    /// Connects to the node; nil if none runs and none is to be started.
    typealias Connector = (_ startsNode: Bool) throws(CommandError) -> ControlClient?

    private let connector: Connector
    private(set) var client: ControlClient?
    /// Called with a client that has just been made.
    var whenConnected: (ControlClient) -> Void = { _ in }
    var notified: (String, JSONValue) -> Void = { _, _ in }
    var whenLost: () -> Void = {}

    init(_ connector: @escaping Connector) { self.connector = connector }

    /// - Throws: why the node cannot be reached, or that none runs.
    func connected(startingNode starts: Bool) throws(CommandError) -> ControlClient {
        if let client { return client }
        guard let client = try connector(starts) else { throw .noNode }
        self.client = client
        client.notified = { [weak self] method, parameters in
            self?.notified(method, parameters)
        }
        client.whenLost = { [weak self] in
            self?.client = nil
            self?.whenLost()
        }
        whenConnected(client)
        return client
    }

    func close() {
        client?.whenLost = {}
        client?.close()
        client = nil
    }
}

extension CommandError {
    /// No node of this home runs.
    static let noNode = CommandError(
        "node", "no node of this home is running",
        hint: "p2pfwd serve starts one, and so do connect and add", .failure)
}
