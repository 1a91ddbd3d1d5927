import Forwarding
internal import Glibc
import SRMUDP

/// Speaks with a node through its control socket. The event loop holds it until `close`, the loss
/// of the connection, or until its socket was taken.
package final class ControlClient {
    package typealias Completion = (Result<JSONValue, ControlError>) -> Void

    private static let readSize = 65_536

    /// Called with each notification.
    package var notified: (_ method: String, _ parameters: JSONValue) -> Void = { _, _ in }
    /// Called when the node has closed the connection, after all calls have failed.
    package var whenLost: () -> Void = {}

    private let socket: TCPSocket
    private let loop: EventLoop
    private var incoming = LineFraming(limit: ControlLimits.answer)
    private var outgoing = ByteQueue()
    private var completions: [Int64: Completion] = [:]
    private var nextID: Int64 = 1
    /// The call after whose answer the bytes mean something else.
    private var socketCall: Int64?
    /// What the node said about the connection as a whole.
    private var refusal: ControlError?
    package private(set) var isOpen = true

    /// Connects to the node that listens at `path`.
    ///
    /// - Throws: `ErrorNumber.noSuchFile` or `.connectionRefused` if there is none, `.accessDenied`
    ///   if it is another user's.
    package init(path: String, loop: EventLoop) throws(SystemError) {
        self.loop = loop
        socket = try TCPSocket(connectingTo: path, loop: loop)
        guard try socket.peerUserID() == geteuid() else {
            throw SystemError("connect", code: ErrorNumber.accessDenied)
        }
        try loop.register(socket.descriptor, for: .readable, handler: self)
    }

    /// Calls a method. `completion` is called once from the event loop, but never after `close`.
    ///
    /// - Parameter takesSocket: whether `takeSocket` follows in `completion`.
    /// - Returns: the number of the call, which `progress` notifications have as `call`.
    @discardableResult
    package func call(
        _ method: String, _ parameters: JSONValue = .object([]), takesSocket: Bool = false,
        completion: @escaping Completion
    ) -> Int64 {
        let id = nextID
        nextID += 1
        guard isOpen else {
            let error = refusal ?? .lost
            loop.schedule(after: .zero) { completion(.failure(error)) }
            return id
        }
        completions[id] = completion
        if takesSocket { socketCall = id }
        let request = ControlMessage.request(
            id: .number(id), method: method, parameters: parameters)
        outgoing.append(request.line)
        updateInterest()
        return id
    }

    /// Calls a method and runs the event loop until the answer is there.
    ///
    /// - Parameter patience: how long; nil for as long as it takes.
    package func callAndWait(
        _ method: String, _ parameters: JSONValue = .object([]), patience: Interval? = nil
    ) throws(ControlError) -> JSONValue {
        var result: Result<JSONValue, ControlError>?
        let deadline = patience.map { loop.now + $0 } ?? .distantFuture
        let alarm = patience.map { loop.schedule(after: $0) {} }
        defer { if let alarm { loop.cancel(alarm) } }
        let id = call(method, parameters) { result = $0 }
        while result == nil, loop.now < deadline {
            do throws(SystemError) {
                try loop.runTurn()
            } catch {
                throw ControlError(CommandError("control", "\(error)", .localError))
            }
        }
        completions[id] = nil
        guard let result else {
            throw ControlError(
                CommandError(method, "the node does not answer", .notReachable))
        }
        return try result.get()
    }

    /// Takes the socket out of the client after a call with `takesSocket`: nothing behind its
    /// answer was read.
    ///
    /// - Returns: nil if the connection is gone.
    package func takeSocket() -> TCPSocket? {
        guard isOpen, incoming.isEmpty else { return nil }
        loop.unregister(socket.descriptor)
        isOpen = false
        completions = [:]
        return socket
    }

    package func close() {
        guard isOpen else { return }
        isOpen = false
        completions = [:]
        socket.close()
    }

    // MARK: Parts

    private func read() {
        // One byte at a time, what follows the answer stays in the socket.
        var part = ByteStorage(uncleared: socketCall == nil ? Self.readSize : 1)
        switch socket.read(into: &part, 0..<part.count) {
        case .bytes(let count): incoming.append(part.array(0..<count))
        case .wouldBlock: return
        case .end, .failed: return lose()
        }
        while isOpen {
            guard let line = try? incoming.next() else {
                if incoming.count > incoming.limit { lose() }
                return
            }
            guard let message = ControlMessage.received(line) else {
                refusal = .internalError("what the node says is no message")
                return lose()
            }
            take(message)
        }
    }

    private func take(_ message: ControlMessage) {
        switch message {
        case .request(_, let method, let parameters): notified(method, parameters)
        case .answer(let id, let result): finish(id, .success(result))
        case .failure(.null, let error): refusal = error
        case .failure(let id, let error): finish(id, .failure(error))
        }
    }

    private func finish(_ id: JSONValue, _ result: Result<JSONValue, ControlError>) {
        guard let number = id.integerValue,
            let completion = completions.removeValue(forKey: number)
        else { return }
        if number == socketCall { socketCall = nil }
        completion(result)
    }

    private func write() {
        while isOpen, !outgoing.isEmpty {
            switch socket.write(from: outgoing.storage, outgoing.waiting) {
            case .bytes(let count): outgoing.skip(count)
            case .wouldBlock: return
            case .failed: outgoing = ByteQueue()
            }
        }
    }

    private func updateInterest() {
        guard isOpen else { return }
        loop.update(socket.descriptor, for: outgoing.isEmpty ? .readable : [.readable, .writable])
    }

    private func lose() {
        guard isOpen else { return }
        isOpen = false
        socket.close()
        let calls = completions.sorted { $0.key < $1.key }
        completions = [:]
        for call in calls { call.value(.failure(refusal ?? .lost)) }
        whenLost()
    }
}

extension ControlClient: EventHandler {
    package func ready(_ readiness: Readiness, now: Instant) {
        // A node that has closed the connection may have said why, which a failed write would take
        // away; and it may have done so since readiness was asked about.
        if readiness.contains(.readable) || !outgoing.isEmpty { read() }
        if !readiness.contains(.hangup) { write() }
        updateInterest()
    }
}
