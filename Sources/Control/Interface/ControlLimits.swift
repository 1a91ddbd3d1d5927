/// What a client of the control socket may use (docs/CONTROL.md, section 1).
package enum ControlLimits {
    /// The longest line that a client may send, in bytes, without its end.
    package static let line = 65_536
    package static let clients = 64
    /// How many bytes may wait for a client that does not read them. The longest answer that is
    /// among them does not count.
    package static let waiting = 1 << 20
    /// So many bytes wait before no further request of the client is looked at.
    package static let pause = 256 * 1024
    /// How many calls of a client may be without an answer at a time.
    package static let calls = 64
    /// The longest line that a client takes from a node.
    package static let answer = 64 << 20
}
