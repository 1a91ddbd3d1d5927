import Forwarding
import SRMUDP

// Other options for a node that runs.
extension Node {
    /// Makes ready to go on with other options. What a peer may do holds at once; the rest holds for
    /// what begins from now on, and what there is goes on as it is.
    ///
    /// To be prepared last: servers that were not known before are remembered here.
    /// - Throws: what is wrong with them.
    func prepare(
        _ new: Options, in reloading: inout Reloading
    ) throws(CommandError) {
        for key in Self.keysOfSocket(options, new) { reloading.leave(key) }
        let password = try new.meeting.password()
        if new.meeting.authorities != nil { _ = try new.meeting.security() }
        let servers = try context.servers(new.meeting)
        reloading.add { [self] in take(new, password: password, servers: servers) }
    }

    /// What cannot change as long as the socket is the same.
    private static func keysOfSocket(_ old: Options, _ new: Options) -> [String] {
        var keys: [String] = []
        if new.listen != old.listen {
            let ports = [old.listen?.port ?? 0, new.listen?.port ?? 0]
            keys.append(ports == [0, 0] ? "bind-address" : "listen")
        }
        if new.meeting.family != old.meeting.family { keys.append("address-family") }
        if new.transport.usesOffload != old.transport.usesOffload { keys.append("offload") }
        return keys
    }

    private func take(_ new: Options, password: SecretBytes?, servers: [ServerAddress]) {
        let old = options
        options.label = new.label
        options.meeting = new.meeting
        options.meeting.family = old.meeting.family
        options.transport = new.transport
        options.transport.usesOffload = old.transport.usesOffload
        endpoint.use(ConnectionConfiguration(options))
        endpoint.pathPolicy = options.meeting.path
        remoteListeners.use(
            hold: .seconds(options.transport.hold.seconds),
            datagramLimits: options.transport.datagramLimits)
        use(new.grants)
        renewPortMapping()
        guard let meeting else { return }
        meeting.services.choices.use(options, password: password)
        meeting.use(servers, insteadOf: self.servers)
        self.servers = servers
        meeting.announceCandidates()
    }
}
