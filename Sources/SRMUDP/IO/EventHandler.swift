/// What a file is ready for, or what a handler waits for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The empty set. The literal `[]` allocates an array wherever it is not specialised.
    package static var none: Readiness { Readiness(rawValue: 0) }

    // Asked for with every event. What the protocols bring along is called through their tables in
    // other modules.
    package func contains(_ member: Readiness) -> Bool {
        rawValue & member.rawValue == member.rawValue
    }

    package mutating func insert(_ member: Readiness) {
        self = Readiness(rawValue: rawValue | member.rawValue)
    }

    /// A read yields bytes, the end of the stream or an error.
    package static let readable = Readiness(rawValue: 1)
    /// A write is accepted or yields an error.
    package static let writable = Readiness(rawValue: 2)
    /// Both directions are closed or the connection failed. Reported without being asked for, and
    /// then together with whatever is waited for, so that the next read or write shows the reason.
    package static let hangup = Readiness(rawValue: 4)
}

/// Receives what happens to the files that it registered with an `EventLoop`.
package protocol EventHandler: AnyObject {
    /// Called when the file is ready; again each turn for as long as it stays so. A handler does a
    /// bounded amount of work per call, so that no file starves the others.
    func ready(_ readiness: Readiness, now: Instant)
}
