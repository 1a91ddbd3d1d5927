import SRMUDP

// The flows of a session one by one: what they are, and their ends before their time.
extension ForwardingSession {
    /// The flows of now, of both sides, in the order of their beginnings.
    package var flowList: [OpenFlow] {
        let now = loop.now
        let flows = users.compactMap { stream, user -> OpenFlow? in
            guard user.request.isForFlow, let entry = book[stream] else { return nil }
            return OpenFlow(
                stream: stream, request: user.request, isServed: entry.isServed,
                isConnected: user.isConnected, address: user.dialledAddress,
                sentBytes: user.uploadedBytes, receivedBytes: user.downloadedBytes,
                age: now - entry.since, origin: entry.origin)
        }
        return flows.sorted { ($1.age, $0.stream.value) < ($0.age, $1.stream.value) }
    }

    /// What the flows of now have moved so far, by who opened them.
    package var flowSums: [FlowTally.Opener: FlowSums] {
        var sums: [FlowTally.Opener: FlowSums] = [:]
        for (stream, user) in users where user.request.isForFlow && user.isConnected {
            if let opener = book[stream]?.opener { sums[opener, default: FlowSums()].add(user) }
        }
        return sums
    }

    /// Resets a flow of either side.
    /// - Returns: false where there is no such flow.
    package func close(flow stream: StreamID) -> Bool {
        guard let user = users[stream], user.request.isForFlow else { return false }
        user.cancel()
        return true
    }

    /// Resets the flows that came from this forward.
    package func end(flowsOf origin: ForwardOrigin) {
        for (stream, user) in users where book[stream]?.origin === origin { user.cancel() }
    }
}
