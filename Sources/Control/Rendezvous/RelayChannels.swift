import SRMUDP

/// What the rendezvous server needs of the part that forwards relayed datagrams.
///
/// A channel has two sides, each with a number and an address of its own; datagrams flow between
/// them once they are joined. Who may have a side, and with whom, the server decides. The forwarder
/// finds out when nothing has passed for too long and tells `RendezvousServer.channelIdle`.
package protocol RelayChannels: AnyObject {
    /// Makes a side for a client that is at `address`, be it a WebSocket, and counts for `network`;
    /// nil where there is no room.
    func reserve(at address: SocketAddress, network: IPAddress, now: Instant) -> RelayChannelID?
    /// Lets datagrams flow between two sides.
    func join(_ first: RelayChannelID, _ second: RelayChannelID, now: Instant)
    /// The client of this side is at another address now.
    func move(_ channel: RelayChannelID, to address: SocketAddress, now: Instant)
    /// Forgets this side, if it is known; its number means nothing any more.
    func release(_ channel: RelayChannelID)
}
