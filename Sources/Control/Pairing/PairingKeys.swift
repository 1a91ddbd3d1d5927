import SRMUDP

/// What follows from the shared key of one run of SPAKE2.
struct PairingKeys {
    private let run: SPAKE2Keys

    init(_ run: SPAKE2Keys) { self.run = run }

    /// Proves to the other side that we know the code; 32 bytes.
    var confirmation: [UInt8] { run.confirmation }

    /// The card of `role` under a key of its own: AES-256-GCM with HKDF-Expand(Ke, "p2pfwd card A")
    /// for the issuer's, "p2pfwd card B" for the joiner's. The nonce is zero, for no key seals
    /// twice.
    func seal(_ card: [UInt8], of role: PairingRole) -> [UInt8] {
        var cipher = AES256GCM(key: cardKey(role))
        return cipher.seal(card, nonce: Self.nonce, associatedData: [])
    }

    /// The other side's card; nil unless it proved to know the code and its card is genuine and well
    /// formed.
    func open(
        _ sealedCard: [UInt8], of role: PairingRole, confirmation: [UInt8]
    ) -> (card: PairingCard, bytes: [UInt8])? {
        guard run.confirms(confirmation) else { return nil }
        var cipher = AES256GCM(key: cardKey(role))
        guard let bytes = cipher.open(sealedCard, nonce: Self.nonce, associatedData: []) else {
            return nil
        }
        do throws(WireError) {
            return (try PairingCard(decoding: bytes), bytes)
        } catch {
            return nil
        }
    }

    /// The key of the pair: HKDF-Expand(HKDF-Extract(salt: Ke, nonceA ‖ nonceB ‖ SHA-256(card A ‖
    /// card B)), "p2pfwd pair"), 32 bytes. The cards are taken as they were sealed.
    func preSharedKey(issuerCard: [UInt8], joinerCard: [UInt8]) -> SecretBytes {
        let nonces = PublicKey.length..<PublicKey.length + PairingCard.nonceLength
        // HMAC is what HKDF-Extract is (RFC 5869 section 2.2).
        var extraction = HMACSHA256(key: run.sharedKey)
        extraction.update(issuerCard[nonces])
        extraction.update(joinerCard[nonces])
        extraction.update(SHA256.digest(issuerCard, joinerCard))
        return HKDF.expand(extraction.finishSecret(), label: "p2pfwd pair")
    }

    private static let nonce = [UInt8](repeating: 0, count: AES256GCM.nonceLength)

    private func cardKey(_ role: PairingRole) -> SecretBytes {
        switch role {
        case .issuer: HKDF.expand(run.sharedKey, label: "p2pfwd card A")
        case .joiner: HKDF.expand(run.sharedKey, label: "p2pfwd card B")
        }
    }
}
