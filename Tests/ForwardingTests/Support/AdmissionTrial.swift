import Forwarding

/// What a proxy port makes of what a client sends.
struct AdmissionTrial: Equatable {
    var answers: [UInt8] = []
    var request: ProxyRequest?
    var refusal: ProxyRefusal?
    /// What came behind the request.
    var rest: [UInt8] = []

    /// Feeds `bytes` in pieces of that length; a negotiation must not depend on it.
    init(_ bytes: [UInt8], users: ProxyUsers? = nil, pieceLength: Int = 1) {
        var admission = ProxyAdmission(users: users)
        var queue = ByteQueue()
        do throws(ProxyRefusal) {
            for start in stride(from: 0, to: bytes.count, by: pieceLength) {
                queue.append([UInt8](bytes[start..<min(start + pieceLength, bytes.count)]))
                while request == nil, take(try admission.step(&queue)) {}
            }
        } catch {
            refusal = error
        }
        if refusal == nil { rest = queue.take(queue.count) }
    }

    init(_ text: String, users: ProxyUsers? = nil, pieceLength: Int = 1) {
        self.init([UInt8](text.utf8), users: users, pieceLength: pieceLength)
    }

    private mutating func take(_ step: ProxyStep) -> Bool {
        switch step {
        case .incomplete: return false
        case .answer(let bytes): answers += bytes
        case .request(let request): self.request = request
        }
        return true
    }

    /// The last words of a refusal, as text.
    var refusalText: String { String(decoding: refusal?.answer ?? [], as: UTF8.self) }
}

extension ProxyUsers {
    /// `ann` with the password `secret`, and `bob` with `a:b`.
    static var samples: ProxyUsers {
        get throws { try ProxyUsers(parsing: [UInt8]("ann:secret\n# no one\n\nbob:a:b\r\n".utf8)) }
    }
}
