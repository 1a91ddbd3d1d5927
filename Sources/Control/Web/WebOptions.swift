import Forwarding
import SRMUDP

/// How the web server of a node is set up (docs/WEB.md).
package struct WebOptions: Equatable {
    /// Who counts as a local caller, who may make tokens.
    package enum Callers: String, CaseIterable, Sendable {
        /// Programs of this user and of root, which connect over loopback.
        case user
        /// Everybody who connects over loopback.
        case loopback
        /// Everybody whom the guards let in.
        case any
    }

    /// The UDP port of links that have a key and no pairing.
    package static let defaultLinkPort: UInt16 = 17_171
    package static let defaultClientLimit = 4096
    static let noCompression = "off"
    /// What may be said about compression.
    static let compressionWords = [noCompression] + CompressionSettings.levels.map(String.init)

    package var listen: SocketAddress
    /// PEM files; both or none.
    package var certificateFile: String?
    package var keyFile: String?
    /// Certificates (PEM) of those who sign the certificates of clients.
    package var clientAuthorityFile: String?
    /// Names of this server besides `localhost` and the address that a client connects to, in small
    /// letters.
    package var hosts: [String] = []
    /// Sites whose scripts may use this server, `https://name[:port]` in small letters.
    package var origins: [String] = []
    /// Whether other machines may connect in the clear.
    package var isPlain = false
    package var tokenCallers = Callers.user
    /// Whether `/metrics` is for everybody whom the guards let in.
    package var hasOpenMetrics = false
    /// The methods of /jsonrpc that clients with a certificate may call, as patterns.
    package var clientMethods = WebMethods.defaultForCertificates
    package var linkPort = WebOptions.defaultLinkPort
    package var clientLimit = WebOptions.defaultClientLimit
    /// How messages of WebSockets are compressed where the client asks for it; nil: not at all.
    package var compression: CompressionSettings?

    package init(listen: SocketAddress) { self.listen = listen }

    package var isSecure: Bool { certificateFile != nil }
}

extension WebOptions {
    /// Whether `text` can stand in a Host field, without a port.
    static func isHost(_ text: String) -> Bool {
        !text.isEmpty
            && (IPAddress(text) != nil
                || text.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"):
                        true
                    default: ".-_".utf8.contains(byte)
                    }
                })
    }

    /// Whether `text` is what browsers send as an Origin: a scheme, a name, and a port where it is not
    /// the usual one.
    static func isOrigin(_ text: String) -> Bool {
        for scheme in ["https://", "http://"] where text.hasPrefix(scheme) {
            let authority = String(text.dropFirst(scheme.count))
            guard let name = WebGuard.name(ofAuthority: authority) else { return false }
            return isHost(name) && !authority.hasSuffix(":")
        }
        return false
    }
}
