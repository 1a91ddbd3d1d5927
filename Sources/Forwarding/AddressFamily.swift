import SRMUDP

/// Which addresses are used: `-4`, `-6`, or both kinds.
package enum AddressFamily: String, CaseIterable, Sendable {
    case any
    case ipv4 = "inet"
    case ipv6 = "inet6"

    package func admits(_ address: IPAddress) -> Bool {
        switch self {
        case .any: true
        case .ipv4: address.isIPv4
        case .ipv6: !address.isIPv4
        }
    }
}
