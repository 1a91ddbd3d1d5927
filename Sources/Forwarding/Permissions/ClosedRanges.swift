import SRMUDP

/// The addresses at which a machine speaks to itself, to its link or to the cloud it runs in.
///
/// Services there trust whoever can reach them. Where the *client* of a proxy names the
/// destination (a web page in a browser, say) such an address is closed unless a rule names it, or
/// a block within the closed one. Rules that merely contain it do not open it.
enum ClosedRanges {
    static let all: [IPPrefix] = [
        // This host (RFC 1122 section 3.2.1.3); Linux takes 0.0.0.0 for 127.0.0.1.
        "0.0.0.0/8", "127.0.0.0/8", "::1/128", "::/128",
        // Link-local (RFC 3927, RFC 4291), where clouds serve credentials at 169.254.169.254.
        "169.254.0.0/16", "fe80::/10",
        // The same services of clouds at other addresses.
        "fd00:ec2::/32", "fd20:ce::254/128", "100.100.100.200/32", "168.63.129.16/32",
        "192.0.0.192/32",
    ].compactMap { IPPrefix($0) }

    /// The block that closes `address`; nil if it is open. An IPv4 address behind a translator
    /// (64:ff9b::/96, RFC 6052) is what it is without.
    static func range(of address: IPAddress) -> IPPrefix? {
        let isTranslated = address.high == 0x0064_ff9b_0000_0000 && address.low >> 32 == 0
        let address =
            isTranslated ? IPAddress(ipv4: UInt32(truncatingIfNeeded: address.low)) : address
        return all.first { $0.contains(address) }
    }

    /// Whether a rule for `block` opens what `closed` closes: it lies within.
    static func isOpened(_ closed: IPPrefix, by block: IPPrefix) -> Bool {
        block.length >= closed.length && closed.contains(block.address)
    }
}
