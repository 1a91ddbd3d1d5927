import ToolSupport

/// What happened in one direction.
struct LinkStatistics {
    var received = 0
    var receivedBytes = 0
    var delivered = 0
    var deliveredBytes = 0
    var lost = 0
    var blackedOut = 0
    var queueDrops = 0
    var tooLong = 0
    /// Dropped for want of memory in the impairer itself: the emulation was not faithful.
    var overflow = 0
    var reordered = 0
    var duplicated = 0
    var corrupted = 0
    var truncated = 0
    var sendErrors = 0
    var greatestQueueNanoseconds: Int64 = 0

    var json: JSONLine {
        var line = JSONLine()
        line.add("received", received)
        line.add("received_bytes", receivedBytes)
        line.add("delivered", delivered)
        line.add("delivered_bytes", deliveredBytes)
        line.add("lost", lost)
        line.add("blacked_out", blackedOut)
        line.add("queue_drops", queueDrops)
        line.add("too_long", tooLong)
        line.add("overflow", overflow)
        line.add("reordered", reordered)
        line.add("duplicated", duplicated)
        line.add("corrupted", corrupted)
        line.add("truncated", truncated)
        line.add("send_errors", sendErrors)
        line.add("greatest_queue_ms", Double(greatestQueueNanoseconds) / 1e6)
        return line
    }
}
