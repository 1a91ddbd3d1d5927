/// Everything that is needed to reach and recognise one peer.
package struct PeerTarget {
    /// What is proved to the peer, and by it.
    package let pattern: HandshakePattern
    /// The peer's static key. Where a shared key is all that is known it is a name made from that
    /// key, under which the connection is found; nobody has a private key to it.
    package let publicKey: PublicKey
    package let preSharedKey: SecretBytes
    /// The ticket that introduces us, 16 bytes, as long as the peer does not know our key.
    package let ticketID: [UInt8]?
    /// Where the peer may be found, best guess first.
    package var addresses: [SocketAddress]
    /// Which kinds of paths may be taken to the peer.
    package var pathPolicy = PathPolicy.auto
    /// What goes ahead of the first datagrams to an address; nil for nothing.
    package var openers: Openers?

    package init(
        publicKey: PublicKey, preSharedKey: SecretBytes, ticketID: [UInt8]? = nil,
        addresses: [SocketAddress]
    ) {
        pattern = .ikpsk2
        self.publicKey = publicKey
        self.preSharedKey = preSharedKey
        self.ticketID = ticketID
        self.addresses = addresses
    }

    /// Whoever else holds `sharedKey`: all who do count as one peer.
    ///
    /// - Parameter sharedKey: 32 bytes, uniformly random or made by `SharedKey.derive`.
    package init(sharedKey: SecretBytes, addresses: [SocketAddress]) {
        pattern = .nnpsk0
        publicKey = Self.name(of: sharedKey)
        preSharedKey = sharedKey
        ticketID = nil
        self.addresses = addresses
    }

    /// The name of the peer behind a shared key: HKDF-Expand(key, "srmudp shared peer", 32), never
    /// sent. The key cannot be found from it.
    package static func name(of sharedKey: SecretBytes) -> PublicKey {
        let bytes = HKDF.expand(sharedKey, label: "srmudp shared peer").exposed
        guard let name = PublicKey(bytes) else {
            preconditionFailure("32 bytes were asked for, as many as a key has")
        }
        return name
    }
}

extension PeerTarget {
    /// Which streams we open, and so who decides where one side has to.
    ///
    /// Between known peers the node with the smaller static key opens the even ones. Where a shared
    /// key is all there is, it is the node whose connection has the smaller instance: both numbers
    /// are part of every handshake, whoever begins it, so that two handshakes at once and all later
    /// ones give the same answer. (Ephemeral keys would not: of two handshakes at once each side may
    /// complete another one first, and it must number its streams then.)
    ///
    /// - Parameters:
    ///   - ownKey: our static key.
    ///   - instance, peerInstance: what the two sides called themselves in the handshake.
    func parity(ownKey: PublicKey, instance: UInt64, peerInstance: UInt64) -> StreamParity {
        switch pattern {
        case .ikpsk2: ownKey < publicKey ? .even : .odd
        case .nnpsk0: instance < peerInstance ? .even : .odd
        }
    }
}
