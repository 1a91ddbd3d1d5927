/// The secret of one direction in one key phase, from which the packet key is derived.
///
/// A key update replaces it by `next` (HKDF-Expand with the label "srmudp ku"); the way back is
/// closed, so keys of the past stay secret when this one is lost (RFC 9001 section 6.1).
package struct TrafficSecret {
    package let bytes: SecretBytes

    /// - Parameter bytes: 32 bytes.
    package init(_ bytes: SecretBytes) {
        precondition(bytes.count == 32, "a traffic secret has 32 bytes")
        self.bytes = bytes
    }

    /// The secret of the following key phase.
    package var next: TrafficSecret { TrafficSecret(HKDF.expand(bytes, label: "srmudp ku")) }

    package func makePacketKey() -> PacketKey { PacketKey(secret: bytes) }
}
