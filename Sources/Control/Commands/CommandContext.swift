import SRMUDP

/// What a command may touch: given by the program, replaced by tests.
package struct CommandContext {
    package let home: HomeDirectory
    package let random: any RandomSource
    package let now: UnixTime
    /// Where this node can be reached, the most promising first.
    package let candidates: () throws(CommandError) -> [SocketAddress]
    /// Reads standard input to its end, or to 64 KiB.
    package let readInput: () throws(CommandError) -> String
    /// Starts a node of this home in the background and waits until it can be used.
    package var startNode: () throws(CommandError) -> Void = { () throws(CommandError) in
        throw CommandError("node", "it cannot be started here", .failure)
    }
    /// What this node calls itself.
    package let label: String
    /// Prints a line on standard output.
    package var output: (String) -> Void
    /// Prints a line on standard error.
    package let report: (String) -> Void
    /// Shows what is waited for as the last line of a terminal; nil takes it away.
    package var showProgress: (String?) -> Void = { _ in }
    /// The words that the program was started with, its name first.
    package var arguments: [String] = []
    /// What the program was left by the one that its process was before.
    package var inheritance: Inheritance?

    package init(
        home: HomeDirectory, random: any RandomSource, now: UnixTime, label: String,
        candidates: @escaping () throws(CommandError) -> [SocketAddress],
        readInput: @escaping () throws(CommandError) -> String,
        output: @escaping (String) -> Void, report: @escaping (String) -> Void
    ) {
        self.home = home
        self.random = random
        self.now = now
        self.label = label
        self.candidates = candidates
        self.readInput = readInput
        self.output = output
        self.report = report
    }

    /// The node's identity; the folders and the key are made if they are not there.
    package func identity() throws(CommandError) -> Identity {
        do throws(FileError) {
            try home.prepare()
            return try Identity.loadOrCreate(in: home, random: random)
        } catch {
            throw CommandError("identity", error)
        }
    }

    package func knownPeers() throws(CommandError) -> KnownPeers {
        do throws(FileError) {
            try home.prepare()
            return try KnownPeers(home)
        } catch {
            throw CommandError("peers", error)
        }
    }

    package func issuedTickets() throws(CommandError) -> IssuedTickets {
        do throws(FileError) {
            try home.prepare()
            return try IssuedTickets(file: home.tickets)
        } catch {
            throw CommandError("tickets", error)
        }
    }

    package func knownServers() throws(CommandError) -> KnownServers {
        do throws(FileError) {
            try home.prepare()
            return try KnownServers(file: home.servers)
        } catch {
            throw CommandError("servers", error)
        }
    }

    /// The rendezvous servers to use: those of the command line, which are remembered, else those
    /// that the home remembers.
    func servers(_ settings: MeetingSettings) throws(CommandError) -> [ServerAddress] {
        let known = try knownServers()
        guard !settings.servers.isEmpty else { return known.used }
        do throws(KnownServersError) {
            for server in settings.servers { try known.use(server) }
        } catch {
            throw CommandError("--rendezvous", error)
        }
        return settings.servers
    }

    /// The addresses that the user gave, then those that the node found.
    func allCandidates(given: [SocketAddress]) throws(CommandError) -> [SocketAddress] {
        var all = given
        for candidate in try candidates() where Ticket.isUsable(candidate) {
            if !all.contains(candidate) { all.append(candidate) }
        }
        return Array(all.prefix(Ticket.candidateLimit))
    }
}
