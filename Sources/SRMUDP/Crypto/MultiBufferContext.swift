internal import CMultiBuffer

/// One key of AES-256-GCM in libIPSec_MB, which is faster at packets than OpenSSL.
///
/// The library is for x86 and need not be there; where it cannot be used there is `EVPContext`.
struct MultiBufferContext: ~Copyable {
    /// The library's version; nil where it cannot be used.
    static var version: String? { cmultibuffer_version().map { String(cString: $0) } }

    private let key: OpaquePointer

    /// Nil without the library, or where it has nothing for this processor.
    ///
    /// - Parameter key: 32 bytes.
    init?(key: SecretBytes) {
        let made = key.withUnsafeBytes { cmultibuffer_key_make(Self.start(of: $0)) }
        guard let made else { return nil }
        self.key = made
    }

    deinit { cmultibuffer_key_free(key) }

    /// Encrypts `data` in place and writes its tag (16 bytes); `nonce` has 12 bytes.
    func seal(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) {
        cmultibuffer_seal(
            key, Self.start(of: data), data.count, Self.start(of: nonce),
            Self.start(of: associatedData), associatedData.count, Self.start(of: tag))
    }

    /// Begins a message that is sealed in parts.
    func begin(nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer) {
        cmultibuffer_begin(
            key, Self.start(of: nonce), Self.start(of: associatedData), associatedData.count)
    }

    /// Encrypts the message's next bytes to `output`, which may be where they are.
    func update(from input: UnsafeRawBufferPointer, to output: UnsafeMutableRawPointer) {
        cmultibuffer_update(
            key, Self.start(of: input), output.assumingMemoryBound(to: UInt8.self), input.count)
    }

    /// Ends the message with its tag (16 bytes).
    func finish(tag: UnsafeMutableRawBufferPointer) {
        cmultibuffer_finish(key, Self.start(of: tag))
    }

    /// Decrypts `data` in place; false if the tag does not fit, then `data` holds rubbish.
    func open(
        _ data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawBufferPointer,
        nonce: UnsafeRawBufferPointer, associatedData: UnsafeRawBufferPointer
    ) -> Bool {
        cmultibuffer_open(
            key, Self.start(of: data), data.count, Self.start(of: nonce),
            Self.start(of: associatedData), associatedData.count, Self.start(of: tag))
    }

    private static func start(of buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }

    private static func start(
        of buffer: UnsafeMutableRawBufferPointer
    ) -> UnsafeMutablePointer<UInt8>? {
        buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    }
}
