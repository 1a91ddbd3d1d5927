extension ForwardOptions {
    /// The forwards with all that is the node's to say, who carries them for a command.
    func hosted(by node: Node.Options) -> ForwardOptions {
        var options = self
        options.meeting = node.meeting
        options.transport = node.transport
        options.transport.udpTimeout = transport.udpTimeout ?? node.transport.udpTimeout
        return options
    }
}
