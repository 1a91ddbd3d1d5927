import SRMUDP

/// A TCP connection, with TLS or without, as bytes that go into a queue and come out of one.
///
/// Its owner registers the socket with the event loop and calls `read` and `write` when it is ready.
package final class WebStream {
    package enum ReadResult: Equatable, Sendable {
        /// Something arrived, if not always something for the queue.
        case progress
        case wouldBlock
        /// The peer has ended its direction.
        case end
        case failed(WebStreamError)
    }

    package enum WriteResult: Equatable, Sendable {
        case done
        /// The rest can be written when the socket is writable.
        case wouldBlock
        case failed(WebStreamError)
    }

    /// What one call takes in or encrypts at most.
    package static let portion = 65_536
    /// What a handshake needs at once; many clients may be in theirs.
    package static let smallPortion = 4_096

    package let socket: TCPSocket
    private let transfer: TransferBuffer
    private var tls: TLSSession?
    /// Encrypted and not yet written.
    private var ciphertext = ByteQueue()

    package init(_ socket: TCPSocket, transfer: TransferBuffer) {
        self.socket = socket
        self.transfer = transfer
    }

    package var isSecure: Bool { tls != nil }

    /// The common name in the certificate of a client, which was verified.
    package var clientName: String? { tls?.peerName }

    /// Whether TLS has agreed on its keys, if there is TLS at all.
    package var isEstablished: Bool { tls?.isEstablished ?? true }

    /// Begins with TLS; whatever arrives or leaves from now on belongs to it.
    ///
    /// - Parameter queue: bytes that arrived already, which are taken out.
    package func secure(with session: TLSSession, arrived queue: inout ByteQueue) {
        session.receive(queue.storage, queue.waiting)
        queue.skip(queue.count)
        tls = session
    }

    // MARK: Reading

    /// Takes in what has arrived, at most `limit` bytes (up to `portion`) of it.
    package func read(
        into queue: inout ByteQueue, atMost limit: Int = WebStream.portion
    ) -> ReadResult {
        guard let tls else { return readPlain(into: &queue, atMost: limit) }
        switch socket.read(into: &transfer.storage, 0..<min(limit, transfer.storage.count)) {
        case .bytes(let count):
            tls.receive(transfer.storage, 0..<count)
            return decrypt(tls, into: &queue)
        case .wouldBlock: return .wouldBlock
        case .end: return .end
        case .failed(let error): return .failed(.lost(error))
        }
    }

    /// Goes on with TLS where nothing has arrived: at its beginning.
    package func advance(into queue: inout ByteQueue) -> ReadResult {
        guard let tls else { return .wouldBlock }
        return decrypt(tls, into: &queue)
    }

    private func readPlain(into queue: inout ByteQueue, atMost limit: Int) -> ReadResult {
        queue.reserve(limit)
        let start = queue.free.lowerBound
        switch socket.read(into: &queue.storage, start..<start + limit) {
        case .bytes(let count):
            queue.commit(count)
            return .progress
        case .wouldBlock: return .wouldBlock
        case .end: return .end
        case .failed(let error): return .failed(.lost(error))
        }
    }

    /// All that the session can make of what it was fed: no later event would tell of a rest.
    private func decrypt(_ tls: TLSSession, into queue: inout ByteQueue) -> ReadResult {
        do throws(TLSError) {
            guard try tls.handshake() else { return .progress }
            while true {
                queue.reserve(Self.smallPortion)
                switch try tls.read(into: &queue.storage, queue.free) {
                case .bytes(let count): queue.commit(count)
                case .incomplete: return .progress
                case .end: return .end
                }
            }
        } catch {
            return .failed(.tls(error))
        }
    }

    // MARK: Writing

    /// Writes what is in `queue` as far as the system takes it, and takes it out.
    package func write(from queue: inout ByteQueue) -> WriteResult {
        guard let tls else { return writePlain(from: &queue) }
        while true {
            moveCiphertext(of: tls)
            let result = writePlain(from: &ciphertext)
            // The rest stays as it is, where its size is counted, until the socket takes more.
            guard result == .done, tls.isEstablished, !queue.isEmpty else { return result }
            let count = min(queue.count, Self.portion)
            let start = queue.waiting.lowerBound
            do throws(TLSError) {
                try tls.write(queue.storage, start..<start + count)
            } catch {
                return .failed(.tls(error))
            }
            queue.skip(count)
        }
    }

    /// Tells the peer that no more will come. What was written before is delivered.
    package func end() {
        if let tls {
            tls.end()
            moveCiphertext(of: tls)
            _ = writePlain(from: &ciphertext)
        }
        socket.shutdownWrite()
    }

    /// Gives back memory that an idle connection does not need.
    package func releaseMemory() { ciphertext.releaseMemory() }

    private func moveCiphertext(of tls: TLSSession) {
        let count = tls.ciphertextCount
        guard count > 0 else { return }
        ciphertext.reserve(count)
        ciphertext.commit(tls.takeCiphertext(into: &ciphertext.storage, ciphertext.free))
    }

    private func writePlain(from queue: inout ByteQueue) -> WriteResult {
        while !queue.isEmpty {
            switch socket.write(from: queue.storage, queue.waiting) {
            case .bytes(let count): queue.skip(count)
            case .wouldBlock: return .wouldBlock
            case .failed(let error): return .failed(.lost(error))
            }
        }
        return .done
    }
}

/// Why a `WebStream` is gone.
package enum WebStreamError: Error, Equatable, Sendable {
    case lost(SystemError)
    case tls(TLSError)
}

extension WebStreamError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .lost(let error): "the connection was lost: \(error.reason)"
        case .tls(let error): error.description
        }
    }
}

/// Memory through which bytes pass on their way, shared by all streams of one owner.
package final class TransferBuffer {
    var storage = ByteStorage(count: 65_536)

    package init() {}
}
