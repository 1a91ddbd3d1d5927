internal import COpenSSL

/// Random bytes from the operating system through OpenSSL's generator.
///
/// Bytes are drawn in blocks, so that eight of them for a connection ID cost next to nothing. Each
/// byte is wiped from the block when it is handed out: a later look into memory does not find the
/// keys of today.
package final class SystemRandomSource: RandomSource {
    private static let blockSize = 4096

    private var block = [UInt8](repeating: 0, count: SystemRandomSource.blockSize)
    private var position = SystemRandomSource.blockSize

    package init() {}

    package func fill(_ bytes: inout [UInt8]) {
        for index in bytes.indices {
            if position == Self.blockSize { refill() }
            bytes[index] = block[position]
            block[position] = 0
            position += 1
        }
    }

    private func refill() {
        let status = RAND_bytes(&block, Int32(Self.blockSize))
        precondition(status == 1, "the operating system gives no random bytes")
        position = 0
    }
}
