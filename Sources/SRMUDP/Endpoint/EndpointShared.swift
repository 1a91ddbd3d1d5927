/// Who we are on the wire.
struct EndpointIdentity {
    let keyPair: X25519.KeyPair
    var publicKey: PublicKey { keyPair.publicKey }
    let statelessReset: StatelessReset
}

/// What an endpoint gives to each of its connections.
struct EndpointShared {
    /// Of the connections that begin from now on.
    var configuration: ConnectionConfiguration
    let identity: EndpointIdentity
    let table: ConnectionTable
    let pool: BlockPool
    let random: any RandomSource
    let logger: Logger
}
