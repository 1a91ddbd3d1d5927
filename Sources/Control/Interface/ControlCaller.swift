/// Whoever made a call and gets its answer: a connection to the control socket, or a request that
/// came over HTTP.
package protocol ControlCaller: AnyObject {
    /// Whether what is sent has a chance to arrive.
    var isOpen: Bool { get }

    /// Sends a notification; nothing happens if nobody is there any more.
    func notify(_ method: String, _ parameters: JSONValue)

    /// Calls `closure` once when nobody waits for an answer any more.
    func whenGone(_ closure: @escaping () -> Void)

    /// A call has got its answer; `message` is nil if none is wanted.
    func finishCall(_ message: ControlMessage?)
}
