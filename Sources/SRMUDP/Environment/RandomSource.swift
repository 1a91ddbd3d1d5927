/// Where random bytes come from.
///
/// Connection IDs, ephemeral keys, challenges and jitter all draw from one source that is given at
/// construction: the operating system's in production (`SystemRandomSource`), a seeded one in
/// simulations, where a whole run is reproduced from its seed, handshake included.
package protocol RandomSource: AnyObject {
    /// Replaces every byte of `bytes` by a random one.
    func fill(_ bytes: inout [UInt8])
}

extension RandomSource {
    package func bytes(count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        fill(&bytes)
        return bytes
    }

    package func next() -> UInt64 {
        bytes(count: 8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// A number in 0..<`bound`; the bias is below 2^-32 for the small bounds used here.
    package func next(below bound: UInt64) -> UInt64 {
        precondition(bound > 0, "a random number needs a bound above zero")
        return next() % bound
    }
}
