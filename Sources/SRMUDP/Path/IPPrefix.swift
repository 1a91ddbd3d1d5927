/// A block of addresses such as `10.0.0.0/8` or `fd00::/8`; a plain address is a block of one.
package struct IPPrefix: Hashable, Sendable {
    package let address: IPAddress
    /// How many leading bits count, of the 32 or 128 of the family.
    package let length: Int

    /// `nil` where `length` does not fit the family or `address` has bits set beyond it: such a
    /// rule would cover more than its author reads in it.
    package init?(_ address: IPAddress, length: Int) {
        guard length >= 0, length <= (address.isIPv4 ? 32 : 128) else { return nil }
        let mask = Self.mask(address.isIPv4 ? length + 96 : length)
        guard address.high & ~mask.high == 0, address.low & ~mask.low == 0 else { return nil }
        self.address = address
        self.length = length
    }

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(address, length: address.isIPv4 ? 32 : 128)
            return
        }
        guard let length = IPAddress.parseDecimal(parts[1].utf8, maximum: 128) else { return nil }
        self.init(address, length: Int(length))
    }

    /// Whether the block holds `other`; IPv6 blocks, even `::/0`, hold no IPv4 addresses.
    package func contains(_ other: IPAddress) -> Bool {
        guard other.isIPv4 == address.isIPv4 else { return false }
        let mask = Self.mask(address.isIPv4 ? length + 96 : length)
        return (other.high ^ address.high) & mask.high == 0
            && (other.low ^ address.low) & mask.low == 0
    }

    private static func mask(_ bits: Int) -> (high: UInt64, low: UInt64) {
        // Swift's shift gives zero when all 64 bits are shifted out, and never traps.
        (UInt64.max << (64 - min(bits, 64)), UInt64.max << (128 - max(bits, 64)))
    }
}

extension IPPrefix: CustomStringConvertible {
    package var description: String { "\(address)/\(length)" }
}
