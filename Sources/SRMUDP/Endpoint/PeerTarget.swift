/// Everything that is needed to reach and recognise one peer.
package struct PeerTarget {
    package let publicKey: PublicKey
    package let preSharedKey: SecretBytes
    /// The ticket that introduces us, 16 bytes, as long as the peer does not know our key.
    package let ticketID: [UInt8]?
    /// Where the peer may be found, best guess first.
    package var addresses: [SocketAddress]

    package init(
        publicKey: PublicKey, preSharedKey: SecretBytes, ticketID: [UInt8]? = nil,
        addresses: [SocketAddress]
    ) {
        self.publicKey = publicKey
        self.preSharedKey = preSharedKey
        self.ticketID = ticketID
        self.addresses = addresses
    }
}
