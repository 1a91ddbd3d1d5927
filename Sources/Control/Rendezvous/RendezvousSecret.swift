import SRMUDP

/// What a rendezvous server and its clients share, besides the server's static key.
package enum RendezvousSecret {
    /// For servers that admit everybody: HKDF-Expand(32 zero bytes, "p2pfwd rendezvous", 32). No
    /// secret at all; it only keeps the handshake apart from that of peers.
    package static var open: SecretBytes {
        HKDF.expand(
            SecretBytes([UInt8](repeating: 0, count: 32)), label: "p2pfwd rendezvous")
    }

    /// For servers with a password: scrypt(password, "p2pfwd rendezvous 1" ‖ static key of the
    /// server, N = 2^15, r = 8, p = 1), 32 bytes. Takes about a tenth of a second.
    package static func derive(password: SecretBytes, server: PublicKey) -> SecretBytes {
        Scrypt.deriveKey(
            password: password, salt: [UInt8]("p2pfwd rendezvous 1".utf8) + server.bytes)
    }
}
