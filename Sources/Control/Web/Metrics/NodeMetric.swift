/// The metrics of a node; docs/WEB.md has them as a table.
enum NodeMetric {
    /// In the order in which they are written.
    static let all = [
        buildInfo, sessions, paths, peerConnected, roundTrip, minimumRoundTrip, sessionBytes,
        sessionPackets, lostPackets, droppedPackets, pathChanges, silences, flows, flowsOpened,
        flowOpenFailures, flowsClosed, flowBytes, flowDuration, flowOpenDuration, handshakes,
        handshakeDuration, connectionsEnded, punches, punchDuration, rendezvousUp, registrations,
        rendezvousLosses, calls, incomingCalls, strayDatagrams, initiationsDropped, keyAgreements,
        repliesDropped, webRequests, webSockets, webTokens, cpu, residentMemory, virtualMemory,
        openFiles, fileLimit, startTime,
    ]

    // MARK: Sessions

    static let buildInfo = MetricDefinition(
        "p2pfwd_build_info", .gauge, "Always 1.", labels: ["version"])
    static let sessions = MetricDefinition(
        "p2pfwd_sessions", .gauge, "Sessions with peers, by state.", labels: ["state"])
    static let paths = MetricDefinition(
        "p2pfwd_paths", .gauge, "Paths in use, by what carries them.", labels: ["kind"])
    static let peerConnected = MetricDefinition(
        "p2pfwd_peer_connected", .gauge, "Whether a session with the peer is up.", labels: ["peer"])
    static let roundTrip = MetricDefinition(
        "p2pfwd_session_round_trip_seconds", .gauge,
        "Smoothed round trip of the path in use; the shortest where there are several.",
        labels: ["peer"])
    static let minimumRoundTrip = MetricDefinition(
        "p2pfwd_session_minimum_round_trip_seconds", .gauge,
        "Shortest round trip measured on the path in use.", labels: ["peer"])
    static let sessionBytes = MetricDefinition(
        "p2pfwd_session_bytes_total", .counter,
        "Bytes of all datagrams of the sessions with a peer.", labels: ["peer", "direction"])
    static let sessionPackets = MetricDefinition(
        "p2pfwd_session_packets_total", .counter, "Packets of the sessions with a peer.",
        labels: ["peer", "direction"])
    static let lostPackets = MetricDefinition(
        "p2pfwd_session_lost_packets_total", .counter, "Packets that were sent and did not arrive.",
        labels: ["peer"])
    static let droppedPackets = MetricDefinition(
        "p2pfwd_session_dropped_packets_total", .counter,
        "Received packets that were replayed, forged or under keys that are gone.", labels: ["peer"]
    )
    static let pathChanges = MetricDefinition(
        "p2pfwd_session_path_changes_total", .counter, "Changes to another path.", labels: ["peer"])
    static let silences = MetricDefinition(
        "p2pfwd_session_silences_total", .counter, "Times that a peer stopped to answer.",
        labels: ["peer"])

    // MARK: Flows

    static let flows = MetricDefinition(
        "p2pfwd_flows", .gauge, "Flows that are open.", labels: ["peer", "opened_by"])
    static let flowsOpened = MetricDefinition(
        "p2pfwd_flows_opened_total", .counter, "Flows that were connected.", labels: ["opened_by"])
    static let flowOpenFailures = MetricDefinition(
        "p2pfwd_flow_open_failures_total", .counter, "Flows that were wanted and not connected.",
        labels: ["opened_by", "reason"])
    static let flowsClosed = MetricDefinition(
        "p2pfwd_flows_closed_total", .counter, "Connected flows that have ended.",
        labels: ["opened_by", "reason"])
    static let flowBytes = MetricDefinition(
        "p2pfwd_flow_bytes_total", .counter,
        "Bytes that flows carried to peers (sent) and from peers (received).",
        labels: ["opened_by", "direction"])
    static let flowDuration = MetricDefinition(
        "p2pfwd_flow_duration_seconds", .histogram, "How long ended flows were open.",
        labels: ["opened_by"])
    static let flowOpenDuration = MetricDefinition(
        "p2pfwd_flow_open_duration_seconds", .histogram,
        "From a request to a peer until it had connected the target.")

    // MARK: Meeting peers

    static let handshakes = MetricDefinition(
        "p2pfwd_handshakes_total", .counter, "First handshakes of connections with peers.",
        labels: ["role", "outcome"])
    static let handshakeDuration = MetricDefinition(
        "p2pfwd_handshake_duration_seconds", .histogram,
        "From the beginning of a dial until its handshake had succeeded.")
    static let connectionsEnded = MetricDefinition(
        "p2pfwd_connections_ended_total", .counter,
        "Connections with peers that were up and ended.", labels: ["reason"])
    static let punches = MetricDefinition(
        "p2pfwd_punches_total", .counter,
        "Attempts to reach peers directly that servers introduced.", labels: ["outcome"])
    static let punchDuration = MetricDefinition(
        "p2pfwd_punch_duration_seconds", .histogram,
        "From the beginning of such an attempt to the direct path.")
    static let rendezvousUp = MetricDefinition(
        "p2pfwd_rendezvous_up", .gauge, "Whether this node is registered at the server.",
        labels: ["server"])
    static let registrations = MetricDefinition(
        "p2pfwd_rendezvous_registrations_total", .counter, "Registrations at rendezvous servers.")
    static let rendezvousLosses = MetricDefinition(
        "p2pfwd_rendezvous_losses_total", .counter,
        "Registrations at rendezvous servers that were lost.")
    static let calls = MetricDefinition(
        "p2pfwd_rendezvous_calls_total", .counter, "Calls to peers through rendezvous servers.",
        labels: ["outcome"])
    static let incomingCalls = MetricDefinition(
        "p2pfwd_rendezvous_incoming_calls_total", .counter,
        "Calls of others that servers passed on to this node.")
    static let strayDatagrams = MetricDefinition(
        "p2pfwd_stray_datagrams_total", .counter,
        "Datagrams of no known kind (ignored), or for connections that are not there.",
        labels: ["kind"])
    static let initiationsDropped = MetricDefinition(
        "p2pfwd_handshake_initiations_dropped_total", .counter,
        "Handshakes of others that were not answered.")
    static let keyAgreements = MetricDefinition(
        "p2pfwd_key_agreements_total", .counter, "Handshakes of others that cost a computation.")
    static let repliesDropped = MetricDefinition(
        "p2pfwd_replies_dropped_total", .counter,
        "Answers to strangers that were not sent, because there were too many.")

    // MARK: The process

    static let webRequests = MetricDefinition(
        "p2pfwd_web_requests_total", .counter, "Answered HTTP requests.",
        labels: ["route", "status"])
    static let webSockets = MetricDefinition(
        "p2pfwd_web_sockets", .gauge, "WebSockets of web clients.")
    static let webTokens = MetricDefinition("p2pfwd_web_tokens", .gauge, "Tokens for web clients.")
    static let cpu = MetricDefinition(
        "process_cpu_seconds_total", .counter, "Time of processors that the process used.")
    static let residentMemory = MetricDefinition(
        "process_resident_memory_bytes", .gauge, "Memory of the process in use.")
    static let virtualMemory = MetricDefinition(
        "process_virtual_memory_bytes", .gauge, "Address space of the process.")
    static let openFiles = MetricDefinition("process_open_fds", .gauge, "Open file descriptors.")
    static let fileLimit = MetricDefinition(
        "process_max_fds", .gauge, "How many file descriptors may be open.")
    static let startTime = MetricDefinition(
        "process_start_time_seconds", .gauge, "When the node began, in seconds since 1970.")
}
