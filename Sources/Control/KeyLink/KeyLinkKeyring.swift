import SRMUDP

/// Turns the keys of links into 32 bytes, beside the loop where they are passwords.
///
/// What came of a password is kept while somebody uses it, under a name from which the password
/// cannot be read; the password itself is not kept.
final class KeyLinkKeyring {
    /// Gets the key, or why there is no thread to make it.
    typealias Completion = (Result<SecretBytes, SystemError>) -> Void

    /// Names a key as it was written.
    struct Name: Hashable {
        fileprivate let code: [UInt8]
    }

    private struct Entry {
        /// Nil until it is derived.
        var key: SecretBytes?
        var waiting: [Completion] = []
        var userCount = 1
    }

    /// Each takes about a tenth of a second.
    static let queueLimit = 512

    private let loop: EventLoop
    /// Makes the names mean nothing outside of this object.
    private let secret: SecretBytes
    private var entries: [Name: Entry] = [:]
    private let queue: BackgroundQueue<[UInt8]>

    init(loop: EventLoop, random: any RandomSource) {
        self.loop = loop
        var bytes = random.bytes(count: 32)
        secret = SecretBytes(taking: &bytes)
        queue = BackgroundQueue(loop: loop)
    }

    func name(of key: KeyLinkKey) -> Name {
        var code = HMACSHA256(key: secret)
        switch key.content {
        case .raw(let bytes):
            code.update([0])
            code.update(bytes)
        case .password(let bytes):
            code.update([1])
            code.update(bytes)
        }
        return Name(code: code.finish())
    }

    /// Whether another password would have to wait for too long.
    var isBusy: Bool { queue.count >= Self.queueLimit }

    /// Makes the key, and keeps it until `release`; `completion` is called once, never from within.
    func use(_ key: KeyLinkKey, _ name: Name, completion: @escaping Completion) {
        if var entry = entries[name] {
            entry.userCount += 1
            if let known = entry.key {
                loop.schedule(at: loop.now) { completion(.success(known)) }
            } else {
                entry.waiting.append(completion)
            }
            entries[name] = entry
            return
        }
        switch key.content {
        case .raw(let bytes):
            entries[name] = Entry(key: bytes)
            loop.schedule(at: loop.now) { completion(.success(bytes)) }
        case .password(let password):
            derive(password, name)
            entries[name] = Entry(waiting: [completion])
        }
    }

    func release(_ name: Name) {
        guard var entry = entries[name] else { return }
        entry.userCount -= 1
        entries[name] = entry.userCount > 0 ? entry : nil
    }

    private func derive(_ password: SecretBytes, _ name: Name) {
        let text = String(decoding: password.exposed, as: UTF8.self)
        queue.submit {
            do throws(SharedKey.Failure) {
                return try SharedKey.derive(password: text).exposed
            } catch {
                preconditionFailure("the length of a password is checked when it is read")
            }
        } completion: { [weak self] in
            self?.finish(name, $0.map { SecretBytes($0) })
        }
    }

    private func finish(_ name: Name, _ result: Result<SecretBytes, SystemError>) {
        // Nobody may want it any more.
        guard var entry = entries[name] else { return }
        let waiting = entry.waiting
        if case .success(let key) = result { entry.key = key }
        entry.waiting = []
        entries[name] = entry
        for completion in waiting { completion(result) }
    }
}
