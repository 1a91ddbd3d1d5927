import SRMUDP

/// What each side hands over, sealed, once both have proved to know the code.
///
///     public key 32 | nonce 32 | label text | count 1, n x candidate 19 | count 1, n x offer text |
///     rendezvous address text
///
/// A text is its length in one byte and UTF-8; a candidate is encoded as `Candidate` says. The limits
/// are those of `PairingProfile`. The nonce makes the key of the pair new even if all else repeats.
package struct PairingCard: Equatable {
    package static let nonceLength = 32
    /// A card with everything at its limit.
    package static let lengthLimit =
        PublicKey.length + nonceLength + 1 + PairingProfile.labelLimit + 1
        + PairingProfile.candidateLimit * Candidate.encodedLength + 1
        + PairingProfile.offerLimit * (1 + PairingProfile.offerLengthLimit) + 1
        + PairingProfile.rendezvousLengthLimit

    package let profile: PairingProfile
    package let nonce: [UInt8]

    package init(profile: PairingProfile, nonce: [UInt8]) {
        precondition(nonce.count == Self.nonceLength, "a nonce has 32 bytes")
        self.profile = profile
        self.nonce = nonce
    }

    package init(profile: PairingProfile, random: any RandomSource) {
        self.init(profile: profile, nonce: random.bytes(count: Self.nonceLength))
    }

    package var encoded: [UInt8] {
        var bytes = profile.publicKey.bytes + nonce
        profile.write(to: &bytes)
        return bytes
    }

    package init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= Self.lengthLimit else { throw .invalidValue }
        var reader = ByteReader(bytes.span.bytes)
        guard let publicKey = PublicKey(try reader.readArray(PublicKey.length)) else {
            throw .invalidValue
        }
        let nonce = try reader.readArray(Self.nonceLength)
        let profile = try PairingProfile(publicKey: publicKey, reading: &reader)
        guard reader.isAtEnd else { throw .invalidValue }
        self.init(profile: profile, nonce: nonce)
    }
}
