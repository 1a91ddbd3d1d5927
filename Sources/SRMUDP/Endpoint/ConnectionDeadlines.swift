/// When the connections of an endpoint are due, the earliest first.
///
/// Of thousands only those are asked that something happened to since they were asked last: whoever
/// changes what a connection waits for says so by `changed`. To say it in vain costs little; to
/// forget it may leave the connection waiting for ever.
struct ConnectionDeadlines {
    private var heap = DeadlineHeap()
    /// The connections by the number that their deadline has; nil for a number that is free.
    private var numbered: [Connection?] = []
    private var freeNumbers: [Int] = []
    /// Connections that may wait for something else than the heap says.
    private var stale: [Connection] = []

    mutating func insert(_ connection: Connection) {
        let number = freeNumbers.popLast() ?? numbered.count
        if number == numbered.count { numbered.append(nil) }
        numbered[number] = connection
        connection.deadlineNumber = number
        changed(connection)
    }

    mutating func remove(_ connection: Connection) {
        guard let number = connection.deadlineNumber else { return }
        connection.deadlineNumber = nil
        heap.set(nil, for: number)
        numbered[number] = nil
        freeNumbers.append(number)
    }

    /// The connection may wait for something else, or for something earlier, from now on.
    mutating func changed(_ connection: Connection) {
        guard !connection.hasStaleDeadline else { return }
        connection.hasStaleDeadline = true
        stale.append(connection)
    }

    /// The earliest deadline of all connections, or nil if nothing is due ever.
    mutating func earliest() -> Instant? {
        for connection in stale {
            connection.hasStaleDeadline = false
            guard let number = connection.deadlineNumber else { continue }
            heap.set(connection.nextTimeout, for: number)
        }
        stale.removeAll(keepingCapacity: true)
        return heap.earliest?.deadline
    }

    /// Takes out one of the connections that were due when `earliest` was asked last. It is asked for
    /// its next deadline when that is called again.
    mutating func takeDue(at now: Instant) -> Connection? {
        guard let (deadline, number) = heap.earliest, deadline <= now else { return nil }
        heap.set(nil, for: number)
        guard let connection = numbered[number] else { return nil }
        changed(connection)
        return connection
    }
}
