import Forwarding
import SRMUDP

extension TCPSocket {
    /// Writes what the system takes at once.
    /// - Returns: how many bytes that was.
    @discardableResult
    package func sendAtOnce(_ bytes: [UInt8]) -> Int {
        let storage = ByteStorage(bytes)
        guard !bytes.isEmpty, case .bytes(let count) = write(from: storage, 0..<bytes.count) else {
            return 0
        }
        return count
    }
}
