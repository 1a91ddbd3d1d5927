/// Gets the answer to one call that came over HTTP.
///
/// There is nothing that a notification could be sent with: what a call tells of its progress comes
/// with its result, as the member `progress`.
final class RPCCaller: ControlCaller {
    /// How many notifications are kept for the answer; later ones are counted only.
    static let progressLimit = 1000

    private var completion: ((ControlMessage?) -> Void)?
    private var closures: [() -> Void] = []
    private var progress: [JSONValue] = []
    private var droppedCount: Int64 = 0

    /// - Parameter completion: called once, unless `giveUp` comes before.
    init(completion: @escaping (ControlMessage?) -> Void) { self.completion = completion }

    var isOpen: Bool { completion != nil }

    /// Whoever asked is answered without this call, whose answer will be dropped.
    func giveUp() {
        completion = nil
        let closures = closures
        self.closures = []
        for closure in closures { closure() }
    }

    func whenGone(_ closure: @escaping () -> Void) {
        guard isOpen else { return closure() }
        closures.append(closure)
    }

    func notify(_ method: String, _ parameters: JSONValue) {
        guard isOpen, method == "progress" else { return }
        guard progress.count < Self.progressLimit else {
            droppedCount += 1
            return
        }
        progress.append(.object((parameters.members ?? []).filter { $0.name != "call" }))
    }

    func finishCall(_ message: ControlMessage?) {
        let completion = completion
        self.completion = nil
        closures = []
        completion?(message.map(withProgress))
    }

    private func withProgress(_ message: ControlMessage) -> ControlMessage {
        guard case .answer(let id, .object(let members)) = message, !progress.isEmpty else {
            return message
        }
        var more: [JSONValue.Member] = [("progress", .array(progress))]
        if droppedCount > 0 { more.append(("progressDropped", .number(droppedCount))) }
        return .answer(id: id, result: .object(members + more))
    }
}
