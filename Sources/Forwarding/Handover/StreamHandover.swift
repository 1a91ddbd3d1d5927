/// How a stream goes on in another program, if it is no `Flow`.
package enum StreamHandover {
    /// It cannot.
    case impossible
    /// The peer's request is put anew, as if it had just come.
    case asksAnew
    /// Whoever opened it opens another one, which takes its place at the peer.
    case leaves
}
