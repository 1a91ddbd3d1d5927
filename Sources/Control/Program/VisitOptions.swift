/// What all commands are told that go to one peer, look around there and end.
protocol VisitOptions {
    var peer: String { get }
    /// How long the peer may take to be reached.
    var patience: Lifetime { get }
    var meeting: MeetingSettings { get }
    var isStandalone: Bool { get }
}

extension VisitOptions {
    /// Whether the node that commands share can do it, which is then asked.
    ///
    /// - Parameter node: how that one is.
    func isForNode(_ node: NodeSettings) -> Bool { !isStandalone && meeting == node.meeting }
}

extension WhyOptions: VisitOptions {
    var patience: Lifetime { connectTimeout }
}

extension PingOptions: VisitOptions {
    var patience: Lifetime { min(connectTimeout, duration ?? connectTimeout) }
}

extension SpeedTestOptions: VisitOptions {
    var patience: Lifetime { connectTimeout }
}
