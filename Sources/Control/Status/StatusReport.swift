/// What one running process of a home does at this moment: for people and for programs.
///
/// Its JSON form is the result of `node.status` (docs/CONTROL.md, section 5).
package struct StatusReport: Equatable, Sendable {
    package struct Server: Equatable, Sendable {
        package var name: String
        /// A word or a sentence: `registered`, or why it is not.
        package var state: String
        package var isUp: Bool
        /// Where the server sees us.
        package var observedAddress: String?
    }

    package struct Session: Equatable, Sendable {
        package var peer: String
        /// `up`, `silent` or `connecting`.
        package var state: String
        /// `direct`, `relayed`, or empty without a path.
        package var kind = ""
        package var path = ""
        package var roundTripMicroseconds: Int64?
        package var minimumRoundTripMicroseconds: Int64?
        /// Of the packets that were sent.
        package var lossPermille: Int64 = 0
        package var bytesSent: UInt64 = 0
        package var bytesReceived: UInt64 = 0
        package var packetsLost: UInt64 = 0
        package var sentBitsPerSecond: Int64 = 0
        package var receivedBitsPerSecond: Int64 = 0
        package var flows: Int64 = 0
        /// Nil while it is not up.
        package var upSeconds: Int64?
        /// A sentence; nil where the path is direct, or there is none.
        package var whyRelayed: String?

        package init(peer: String, state: String) {
            self.peer = peer
            self.state = state
        }
    }

    package struct Forward: Equatable, Sendable {
        /// `g1.1`
        package var id: String
        /// `local`, `remote`, `dynamic` or `stdio`.
        package var kind: String
        /// `tcp`, `udp` or `socket`.
        package var transport: String
        /// The port that was asked for; nil for a path.
        package var requested: Int64?
        package var port: Int64?
        package var places: [String] = []
        /// Nil where clients name their own.
        package var target: String?
        /// `listening`, `waiting` or `failed`.
        package var state: String
        package var flows: Int64 = 0
        package var openedFlows: Int64 = 0
        package var refusedFlows: Int64 = 0
        package var bytesSent: UInt64 = 0
        package var bytesReceived: UInt64 = 0

        package init(id: String, kind: String, transport: String, state: String) {
            self.id = id
            self.kind = kind
            self.transport = transport
            self.state = state
        }
    }

    /// The forwards of one command.
    package struct Group: Equatable, Sendable {
        package var name: String
        package var peer: String
        package var isKept: Bool
        package var forwards: [Forward]

        package init(name: String, peer: String, isKept: Bool, forwards: [Forward]) {
            self.name = name
            self.peer = peer
            self.isKept = isKept
            self.forwards = forwards
        }
    }

    package struct Flow: Equatable, Sendable {
        /// `homebox.4`: the peer and the stream.
        package var name: String
        package var peer: String
        /// The forward that it belongs to.
        package var forward: String?
        package var isServed: Bool
        package var isConnected: Bool
        package var request: String
        package var address: String?
        package var sentBytes: UInt64
        package var receivedBytes: UInt64
        package var ageSeconds: Int64
    }

    package struct Counter: Equatable, Sendable {
        package var name: String
        package var value: Int64
    }

    /// `serve`, `forward`, `rendezvous` and the like.
    package var command: String
    package var processID: Int64
    package var id: String
    package var address: String
    package var uptimeSeconds: Int64 = 0
    package var servers: [Server] = []
    package var sessions: [Session] = []
    package var groups: [Group] = []
    /// Nil where nobody asked for them.
    package var flows: [Flow]?
    /// Of a rendezvous server; in the order in which they are shown.
    package var counters: [Counter] = []

    package init(command: String, processID: Int32, id: String, address: String) {
        self.command = command
        self.processID = Int64(processID)
        self.id = id
        self.address = address
    }
}
