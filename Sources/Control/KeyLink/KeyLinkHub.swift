import Forwarding
import SRMUDP

/// All key links of a process, over one UDP socket of their own.
package final class KeyLinkHub {
    package struct Options {
        /// Port 0 lets the system choose. `[::]` takes IPv4 as well.
        package var listen = SocketAddress(.anyIPv6, port: KeyLinkHub.defaultPort)
        package var maximumLinks = 4_096

        package init() {}
    }

    package static let defaultPort: UInt16 = 17_171

    /// - Throws: what keeps it from listening, ready for the user.
    package init(
        options: Options = Options(), loop: EventLoop, resolver: Resolver,
        random: any RandomSource, logger: Logger
    ) throws(CommandError) {}

    package var address: SocketAddress { SocketAddress(.anyIPv6, port: 0) }

    /// Opens a link. Set its closures before the turn of the loop ends.
    ///
    /// A link that is there with the same key and the same remote end gives way and is told so.
    package func open(_ request: KeyLinkRequest) throws(KeyLinkError) -> KeyLink { KeyLink() }

    /// Ends all links; the other ends are told in this turn.
    package func close() {}
}
