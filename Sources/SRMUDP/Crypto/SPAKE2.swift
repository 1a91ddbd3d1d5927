/// Two parties that share a weak secret agree on a strong one (RFC 9382 with P-256, SHA-256, HKDF
/// and HMAC).
///
/// Somebody without the secret learns nothing from the messages and can test one guess per run, by
/// taking part in it. Each party makes one of these, sends its `share`, gives the other one's share
/// to `finish`, and then sends its confirmation and checks the other's. An instance serves one run.
package struct SPAKE2 {
    package enum Role: Sendable {
        case a
        case b
    }

    package enum Failure: Error, Equatable {
        /// Not a point of the curve in the uncompressed form, or one that makes the shared key
        /// predictable.
        case invalidShare
    }

    /// What both parties must agree on besides the secret.
    package struct Context: Sendable {
        /// The name of A in the transcript; may be empty.
        package var identityA: [UInt8]
        /// The name of B in the transcript; may be empty.
        package var identityB: [UInt8]
        /// Is confirmed along with the key.
        package var associatedData: [UInt8]

        package init(identityA: [UInt8], identityB: [UInt8], associatedData: [UInt8] = []) {
            self.identityA = identityA
            self.identityB = identityB
            self.associatedData = associatedData
        }
    }

    /// Bytes of a share that is valid.
    package static let shareLength = SPAKE2Group.pointLength
    /// Bytes of the stretched secret, and of the randomness that a run takes.
    package static let secretLength = 48

    private let role: Role
    private let context: Context
    /// w, the secret as a scalar.
    private let password: SecretBytes
    /// x or y, this party's part of the key.
    private let exponent: SecretBytes
    /// pA or pB: 65 bytes for the other party.
    package let share: [UInt8]

    /// - Parameters:
    ///   - secret: 48 bytes from a function that makes guessing slow, such as `Scrypt`.
    ///   - random: gives 48 bytes.
    package init(role: Role, secret: SecretBytes, context: Context, random: any RandomSource) {
        precondition(secret.count == Self.secretLength, "fewer bytes would favour some keys")
        var bytes = random.bytes(count: Self.secretLength)
        self.role = role
        self.context = context
        let group = SPAKE2Group()
        let password = group.scalar(reducing: secret)
        let exponent = group.scalar(reducing: SecretBytes(taking: &bytes))
        // pA = x*P + w*M, pB = y*P + w*N (RFC 9382 section 3.3).
        let mask = group.product(password, group.constant(Self.mask(of: role)))
        let point = group.sum(group.generatorProduct(exponent), mask)
        guard let share = group.encode(point) else {
            preconditionFailure("chance does not hit one point among 2^256")
        }
        self.share = share
        self.password = password.bytes
        self.exponent = exponent.bytes
    }

    /// The keys that follow from the other party's share.
    ///
    /// They are equal on both sides only if the secrets are, which `SPAKE2Keys.confirms` finds out.
    package func finish(with otherShare: [UInt8]) throws(Failure) -> SPAKE2Keys {
        let group = SPAKE2Group()
        guard let otherPoint = group.point(otherShare) else { throw .invalidShare }
        let otherMask = group.product(
            group.scalar(reducing: password), group.constant(Self.mask(of: role.other)))
        // K = x*(pB - w*N) for A, y*(pA - w*M) for B; the cofactor is 1.
        let unmasked = group.difference(otherPoint, otherMask)
        let product = group.product(group.scalar(reducing: exponent), unmasked)
        guard var sharedPoint = group.encode(product) else { throw .invalidShare }
        defer { wipe(&sharedPoint) }
        return keys(otherShare: otherShare, sharedPoint: sharedPoint)
    }

    /// The key schedule (RFC 9382 sections 3.3 and 4).
    private func keys(otherShare: [UInt8], sharedPoint: [UInt8]) -> SPAKE2Keys {
        let shares = role == .a ? (share, otherShare) : (otherShare, share)
        var scalar = password.exposed
        var transcript: [UInt8] = []
        // Growing would leave pieces of it behind in freed memory.
        transcript.reserveCapacity(
            6 * 8 + 3 * Self.shareLength + scalar.count + context.identityA.count
                + context.identityB.count)
        for part in [
            context.identityA, context.identityB, shares.0, shares.1, sharedPoint, scalar,
        ] {
            // Unlike all else on our wire, lengths are little-endian here.
            transcript += (0..<8).map { UInt8(truncatingIfNeeded: part.count >> (8 * $0)) }
            transcript += part
        }
        wipe(&scalar)
        var digest = SHA256.digest(transcript)
        let transcriptSecret = SecretBytes(taking: &transcript)
        let digestSecret = SecretBytes(taking: &digest)
        let confirmationKeys = HKDF.expand(
            HKDF.extract(salt: [], inputKeyMaterial: digestSecret.part(16..<32)),
            info: [UInt8]("ConfirmationKeys".utf8) + context.associatedData, count: 32)
        func confirmation(_ key: Range<Int>) -> [UInt8] {
            var authentication = HMACSHA256(key: confirmationKeys.part(key))
            authentication.update(transcriptSecret)
            return authentication.finish()
        }
        let confirmations = (confirmation(0..<16), confirmation(16..<32))
        return SPAKE2Keys(
            sharedKey: digestSecret.part(0..<16),
            confirmation: role == .a ? confirmations.0 : confirmations.1,
            expected: role == .a ? confirmations.1 : confirmations.0)
    }

    /// M and N of P-256 (RFC 9382 section 6), compressed. Nobody knows their logarithms.
    private static func mask(of role: Role) -> [UInt8] {
        switch role {
        case .a:
            [
                0x02, 0x88, 0x6e, 0x2f, 0x97, 0xac, 0xe4, 0x6e, 0x55, 0xba, 0x9d, 0xd7, 0x24, 0x25,
                0x79, 0xf2, 0x99, 0x3b, 0x64, 0xe1, 0x6e, 0xf3, 0xdc, 0xab, 0x95, 0xaf, 0xd4, 0x97,
                0x33, 0x3d, 0x8f, 0xa1, 0x2f,
            ]
        case .b:
            [
                0x03, 0xd8, 0xbb, 0xd6, 0xc6, 0x39, 0xc6, 0x29, 0x37, 0xb0, 0x4d, 0x99, 0x7f, 0x38,
                0xc3, 0x77, 0x07, 0x19, 0xc6, 0x29, 0xd7, 0x01, 0x4d, 0x49, 0xa2, 0x4b, 0x4f, 0x98,
                0xba, 0xa1, 0x29, 0x2b, 0x49,
            ]
        }
    }
}

extension SPAKE2.Role {
    fileprivate var other: SPAKE2.Role {
        switch self {
        case .a: .b
        case .b: .a
        }
    }
}

extension SPAKE2: CustomStringConvertible, CustomReflectable {
    package var description: String { "SPAKE2 \(role)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// What a run of SPAKE2 yields.
package struct SPAKE2Keys {
    /// Ke, 16 bytes: the shared key. Worth nothing before the other party has confirmed.
    package let sharedKey: SecretBytes
    /// cA or cB, 32 bytes: proves to the other party that we have the key.
    package let confirmation: [UInt8]
    private let expected: [UInt8]

    fileprivate init(sharedKey: SecretBytes, confirmation: [UInt8], expected: [UInt8]) {
        self.sharedKey = sharedKey
        self.confirmation = confirmation
        self.expected = expected
    }

    /// Whether the other party's confirmation proves that it has the key; in constant time.
    package func confirms(_ confirmation: [UInt8]) -> Bool {
        constantTimeEqual(confirmation, expected)
    }
}

extension SPAKE2Keys: CustomStringConvertible, CustomReflectable {
    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
