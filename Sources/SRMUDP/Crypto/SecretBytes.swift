internal import COpenSSL

/// Key material: wiped when the last reference goes, never printed, compared in constant time.
///
/// A reference to one immutable block outside the Swift heap's array storage, so that handing a key
/// around makes no further copies of it.
package final class SecretBytes {
    private let memory: UnsafeMutableRawBufferPointer

    package convenience init(_ bytes: [UInt8]) {
        self.init(count: bytes.count) { memory in memory.copyBytes(from: bytes) }
    }

    /// Takes the secret over from `bytes`, which is wiped and emptied.
    package convenience init(taking bytes: inout [UInt8]) {
        self.init(bytes)
        wipe(&bytes)
        bytes = []
    }

    /// A secret of `count` bytes that `fill` writes; before it does, the bytes are zero.
    init(count: Int, fill: (UnsafeMutableRawBufferPointer) -> Void) {
        memory = .allocate(byteCount: count, alignment: 16)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        fill(memory)
    }

    deinit {
        OPENSSL_cleanse(memory.baseAddress, memory.count)
        memory.deallocate()
    }

    package var count: Int { memory.count }

    /// A copy of the bytes, for the one place that stores or transmits them; it is not wiped.
    package var exposed: [UInt8] { [UInt8](memory) }

    /// A part of this secret as a secret of its own; `range` lies in 0..<`count`.
    package func part(_ range: Range<Int>) -> SecretBytes {
        let source = UnsafeRawBufferPointer(rebasing: memory[range])
        return SecretBytes(count: range.count) { $0.copyMemory(from: source) }
    }

    /// Lends the bytes to the other wrappers of this folder.
    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(memory))
    }
}

extension SecretBytes: Equatable {
    /// Takes the same time wherever the two differ; the length is not secret.
    package static func == (left: SecretBytes, right: SecretBytes) -> Bool {
        left.count == right.count
            && CRYPTO_memcmp(left.memory.baseAddress, right.memory.baseAddress, left.count) == 0
    }
}

extension SecretBytes: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Overwrites `bytes` with zeros in a way that the optimiser keeps.
func wipe(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
}
