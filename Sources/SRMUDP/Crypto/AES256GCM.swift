/// Authenticated encryption under one key (AES-256 in Galois/Counter Mode, NIST SP 800-38D).
///
/// Holds one context, whose key schedule is made once; each packet sets only the nonce. A
/// nonce must never seal twice under one key.
package struct AES256GCM: ~Copyable {
    package static let keyLength = 32
    package static let nonceLength = 12
    package static let tagLength = 16

    /// What does the work, with its version.
    package static var library: String {
        MultiBufferContext.version.map { "libIPSec_MB \($0)" } ?? EVPContext.version
    }

    private let context: Context

    /// - Parameter key: 32 bytes.
    package init(key: SecretBytes) { self.init(key: key, usesOpenSSL: false) }

    package init(key: [UInt8]) { self.init(key: SecretBytes(key)) }

    /// - Parameter usesOpenSSL: even where there is a faster library.
    init(key: SecretBytes, usesOpenSSL: Bool) {
        precondition(key.count == Self.keyLength, "AES-256 has keys of 32 bytes")
        if !usesOpenSSL, let multiBuffer = MultiBufferContext(key: key) {
            context = .multiBuffer(multiBuffer)
        } else {
            context = .openSSL(EVPContext(key: key))
        }
    }

    /// `plaintext` encrypted, followed by the tag of 16 bytes; `nonce` has 12 bytes.
    package mutating func seal(
        _ plaintext: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8] {
        precondition(nonce.count == Self.nonceLength)
        var output = plaintext + [UInt8](repeating: 0, count: Self.tagLength)
        output.withUnsafeMutableBytes { output in
            let tagStart = output.count - Self.tagLength
            nonce.withUnsafeBytes { nonce in
                associatedData.withUnsafeBytes { associatedData in
                    seal(
                        UnsafeMutableRawBufferPointer(rebasing: output[..<tagStart]),
                        tag: UnsafeMutableRawBufferPointer(rebasing: output[tagStart...]),
                        nonce: nonce, associatedData: associatedData)
                }
            }
        }
        return output
    }

    /// The plaintext of what `seal` made, or nil if the bytes are not what was sealed.
    package mutating func open(
        _ sealed: [UInt8], nonce: [UInt8], associatedData: [UInt8]
    ) -> [UInt8]? {
        precondition(nonce.count == Self.nonceLength)
        guard sealed.count >= Self.tagLength else { return nil }
        var output = sealed
        let tagStart = sealed.count - Self.tagLength
        let isGenuine = output.withUnsafeMutableBytes { output in
            nonce.withUnsafeBytes { nonce in
                associatedData.withUnsafeBytes { associatedData in
                    open(
                        UnsafeMutableRawBufferPointer(rebasing: output[..<tagStart]),
                        tag: UnsafeMutableRawBufferPointer(rebasing: output[tagStart...]),
                        nonce: nonce, associatedData: associatedData)
                }
            }
        }
        output.removeLast(Self.tagLength)
        return isGenuine ? output : nil
    }

    /// Encrypts `data` in place and writes its tag (16 bytes); `nonce` has 12 bytes.
    mutating func seal(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) {
        switch context {
        case .multiBuffer(let context):
            context.seal(data, tag: tag, nonce: nonce, associatedData: associatedData)
        case .openSSL(let context):
            context.begin(nonce: nonce, associatedData: associatedData)
            if let start = data.baseAddress {
                context.update(from: UnsafeRawBufferPointer(data), to: start)
            }
            context.finish(tag: tag)
        }
    }

    /// Begins a message that is sealed in parts; `nonce` has 12 bytes.
    mutating func begin(nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer) {
        switch context {
        case .multiBuffer(let context):
            context.begin(nonce: nonce, associatedData: associatedData)
        case .openSSL(let context):
            context.begin(nonce: nonce, associatedData: associatedData)
        }
    }

    /// Encrypts the next bytes of the message that was begun to `output`, which may be where they
    /// are.
    mutating func update(from input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer) {
        switch context {
        case .multiBuffer(let context): context.update(from: input, to: output)
        case .openSSL(let context): context.update(from: input, to: output)
        }
    }

    /// Ends the message that was begun with its tag (16 bytes).
    mutating func finish(tag: UnsafeMutableRawBufferPointer) {
        switch context {
        case .multiBuffer(let context): context.finish(tag: tag)
        case .openSSL(let context): context.finish(tag: tag)
        }
    }

    /// Decrypts `data` in place; false if the tag does not fit, then `data` holds rubbish.
    mutating func open(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Bool {
        switch context {
        case .multiBuffer(let context):
            context.open(data, tag: tag, nonce: nonce, associatedData: associatedData)
        case .openSSL(let context):
            context.open(data, tag: tag, nonce: nonce, associatedData: associatedData)
        }
    }

    /// The library that is made for packets, or the one that is always there.
    enum Context: ~Copyable {
        case multiBuffer(MultiBufferContext)
        case openSSL(EVPContext)
    }
}
