import SRMUDP

/// Who this node is: one static X25519 key, made on first use and never printed.
///
/// The file `identity` (0600) is one line: `p2pfwd identity 1 `, then base64url of the 32 bytes of
/// the private key and the first 8 bytes of SHA-256("p2pfwd identity" ‖ key). A file that is not
/// exactly that is refused and left alone: a new key would lock out every peer.
package struct Identity {
    package let keyPair: X25519.KeyPair

    package var nodeID: NodeID { NodeID(keyPair.publicKey) }

    private static let header = "p2pfwd identity 1 "

    package init(keyPair: X25519.KeyPair) { self.keyPair = keyPair }

    /// The node's identity; made if there is none.
    ///
    /// Two processes that start at once agree on the one that was there first.
    package static func loadOrCreate(
        in home: HomeDirectory, random: any RandomSource
    ) throws(FileError) -> Identity {
        if let identity = try load(home.identity) { return identity }
        let identity = Identity(keyPair: .generate(from: random))
        do throws(FileError) {
            try home.identity.create(with: identity.encoded())
            return identity
        } catch {
            guard case .exists = error, let identity = try load(home.identity) else { throw error }
            return identity
        }
    }

    /// Nil if there is no file.
    private static func load(_ file: DurableFile) throws(FileError) -> Identity? {
        guard let bytes = try file.read() else { return nil }
        let damaged = FileError.damaged(
            path: file.path, line: 0,
            reason: "the key is damaged; restore a backup, or remove the file to get a new ID")
        guard let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(header),
            text.hasSuffix("\n"),
            var decoded = TextCoding.base64URL.decode(text.dropFirst(header.count).dropLast()),
            decoded.count == 40
        else { throw damaged }
        var key = Array(decoded[..<32])
        let checksum = Array(decoded[32...])
        // The secret must not stay in memory that is handed out again.
        for index in decoded.indices { decoded[index] = 0 }
        guard constantTimeEqual(Self.checksum(key), checksum),
            let keyPair = X25519.KeyPair(privateKey: SecretBytes(taking: &key))
        else { throw damaged }
        return Identity(keyPair: keyPair)
    }

    private func encoded() -> [UInt8] {
        let key = keyPair.privateKey.exposed
        let text = TextCoding.base64URL.encode(key + Self.checksum(key))
        return [UInt8]("\(Self.header)\(text)\n".utf8)
    }

    private static func checksum(_ key: [UInt8]) -> [UInt8] {
        Array(SHA256.digest([UInt8]("p2pfwd identity".utf8), key)[..<8])
    }
}
