import SRMUDP

/// The UDP address that this node listens on, kept over restarts so that tickets stay valid.
///
/// The file `port` is one line, such as `[::]:28114`; `[::]` stands for all addresses.
package struct NodeAddress {
    private let file: DurableFile

    package init(file: DurableFile) { self.file = file }

    /// Nil if none was kept yet.
    package func load() throws(FileError) -> SocketAddress? {
        guard let bytes = try file.read() else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), text.hasSuffix("\n"),
            let address = SocketAddress(text.dropLast()), address.port != 0
        else {
            throw .damaged(path: file.path, line: 1, reason: "this is no address with a port")
        }
        return address
    }

    package func save(_ address: SocketAddress) throws(FileError) {
        guard address.port != 0, try load() != address else { return }
        try file.replace(with: [UInt8]("\(address)\n".utf8))
    }

    /// How many random ports are looked at where one after the other is taken.
    private static let attemptLimit = 16

    /// The kept address, or one with a random port outside the range from which systems take ports
    /// for outgoing connections.
    ///
    /// - Parameter isFree: whether nobody else has a port; one that is taken is not chosen.
    package func loadOrChoose(
        random: any RandomSource, isFree: (UInt16) -> Bool
    ) throws(FileError) -> SocketAddress {
        if let address = try load() { return address }
        var port = Self.randomPort(random)
        for _ in 1..<Self.attemptLimit where !isFree(port) { port = Self.randomPort(random) }
        let address = SocketAddress(.anyIPv6, port: port)
        do throws(FileError) {
            try file.create(with: [UInt8]("\(address)\n".utf8))
        } catch {
            guard case .exists = error, let other = try load() else { throw error }
            return other
        }
        return address
    }

    private static func randomPort(_ random: any RandomSource) -> UInt16 {
        UInt16(20_000 + random.next(below: 12_000))
    }
}
