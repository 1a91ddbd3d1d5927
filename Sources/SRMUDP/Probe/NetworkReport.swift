/// What the network between us and a server does to our datagrams.
package struct NetworkReport: Equatable, Sendable {
    /// How a NAT chooses the outside address of ours (RFC 4787 section 4.1). The numbers stand in
    /// messages.
    package enum Mapping: UInt8, Sendable, CaseIterable {
        case unknown = 0
        /// The server sees our own address: there is no NAT.
        case none = 1
        /// The same one towards all.
        case endpointIndependent = 2
        /// Another one for each address that we send to.
        case addressDependent = 3
        /// Another one for each address and port that we send to.
        case portDependent = 4

        /// Whether a peer cannot be told beforehand where our datagrams will come from.
        package var dependsOnDestination: Bool {
            switch self {
            case .addressDependent, .portDependent: true
            case .unknown, .none, .endpointIndependent: false
            }
        }
    }

    /// Whose datagrams come in (RFC 4787 section 5).
    package enum Filtering: Sendable {
        case unknown
        /// Also from a port of the server's that we did not send to.
        case portIndependent
        /// Only from where we sent to.
        case portDependent
    }

    /// A server's address and where it saw us.
    package struct Observation: Equatable, Sendable {
        package let server: SocketAddress
        package let observed: SocketAddress

        package init(server: SocketAddress, observed: SocketAddress) {
            self.server = server
            self.observed = observed
        }
    }

    /// Differences of ports up to this are taken for counting, larger ones for chance.
    package static let largestStep = 32

    package let server: SocketAddress
    /// In the order of the answers.
    package internal(set) var observations: [Observation]
    /// The server's other port, if it has one.
    package internal(set) var otherPort: UInt16?
    /// The shortest time between a question and its answer.
    package internal(set) var roundTrip: Interval?
    package internal(set) var mapping: Mapping
    package internal(set) var filtering = Filtering.unknown
    /// Whether the outside port is the one that we bound.
    package internal(set) var keepsPort: Bool?
    /// Whether what we send to our own outside address comes back; nil if that was not tried.
    package internal(set) var hasHairpin: Bool?
    /// Whether all questions were asked, and answered or given up.
    package internal(set) var isComplete = false

    package init(
        server: SocketAddress, observations: [Observation] = [], mapping: Mapping = .unknown
    ) {
        self.server = server
        self.observations = observations
        self.mapping = mapping
    }

    /// Where the server saw us.
    package var observed: SocketAddress? {
        observations.first { $0.server == server }?.observed ?? observations.first?.observed
    }

    /// Nothing came back although we waited for it.
    package var isBlocked: Bool { isComplete && observations.isEmpty }

    /// How far apart the outside ports are that the NAT took for two destinations one after the
    /// other; nil if it took the same one, or another address.
    package var portStep: Int? {
        guard mapping == .portDependent || mapping == .addressDependent else { return nil }
        for (one, next) in zip(observations, observations.dropFirst())
        where one.observed.ip == next.observed.ip && one.observed != next.observed {
            return Int(next.observed.port) - Int(one.observed.port)
        }
        return nil
    }

    /// Where the NAT will probably send from next, if it counts.
    package var predicted: SocketAddress? {
        guard let step = portStep, abs(step) <= Self.largestStep else { return nil }
        // Answers need not come in the order in which the NAT saw the questions.
        let furthest = observations.map(\.observed).max {
            step > 0 ? $0.port < $1.port : $0.port > $1.port
        }
        guard let last = furthest, let port = UInt16(exactly: Int(last.port) + step),
            port >= 1_024
        else { return nil }
        return SocketAddress(last.ip, port: port)
    }
}

extension NetworkReport {
    /// For people: one sentence for each thing that is known.
    package var sentences: [String] {
        guard let observed else {
            return isBlocked
                ? ["No answer from \(server): UDP is blocked here, or the server is down."]
                : ["No answer from \(server) yet."]
        }
        return [sentence(about: observed)] + filteringSentences + hairpinSentences
            + (roundTrip.map { ["The server answers in \($0)."] } ?? [])
    }

    private func sentence(about observed: SocketAddress) -> String {
        switch mapping {
        case .unknown: "The server sees us as \(observed)."
        case .none: "No NAT: the server sees us as \(observed), an address of this machine."
        case .endpointIndependent:
            "The NAT shows us to all as \(observed)"
                + (keepsPort == true ? ", with our own port." : ".")
        case .addressDependent, .portDependent: changingSentence
        }
    }

    private var changingSentence: String {
        let reason = mapping == .portDependent ? "destination" : "address that we send to"
        let start = "The NAT shows us under another port for each \(reason)"
        guard let step = portStep, abs(step) <= Self.largestStep else {
            return "\(start), by chance: peers behind a NAT like this one need a relay."
        }
        return "\(start), \(abs(step)) \(step > 0 ? "up" : "down") each time: it can be guessed."
    }

    private var filteringSentences: [String] {
        switch filtering {
        case .unknown: []
        case .portIndependent: ["Datagrams come in from any port of those we sent to."]
        case .portDependent: ["Datagrams come in only from where we sent to."]
        }
    }

    private var hairpinSentences: [String] {
        switch hasHairpin {
        case nil: []
        case true?: ["Our outside address can be reached from inside."]
        case false?: ["Our outside address cannot be reached from inside."]
        }
    }
}
