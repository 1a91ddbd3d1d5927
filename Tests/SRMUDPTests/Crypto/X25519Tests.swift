import SRMUDP
import TestSupport
import Testing

@Suite struct X25519Tests {
    @Test("RFC 7748 section 6.1: both sides get the published secret")
    func published() throws {
        let alice = try keyPair("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
        let bob = try keyPair("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb")

        let secrets = (try alice.agree(with: bob.publicKey), try bob.agree(with: alice.publicKey))

        #expect(
            hex(alice.publicKey.bytes)
                == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        #expect(
            hex(bob.publicKey.bytes)
                == "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f")
        #expect(
            hex(secrets.0.exposed)
                == "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742")
        #expect(secrets.0 == secrets.1)
    }

    @Test("the Wycheproof cases pass, and a zero secret is refused")
    func wycheproof() throws {
        for test in PublishedVectors.wycheproof("wycheproof_x25519_test.json") {
            let privateKey = SecretBytes(test.bytes("private"))
            let pair = try #require(X25519.KeyPair(privateKey: privateKey))
            let remote = try #require(PublicKey(test.bytes("public")))
            let flags = test.fields["flags"] as? [String] ?? []

            if flags.contains("ZeroSharedSecret") {
                #expect(throws: X25519.Failure.zeroSharedSecret, "\(test.name)") {
                    try pair.agree(with: remote)
                }
            } else {
                let secret = try pair.agree(with: remote)
                #expect(secret.exposed == test.bytes("shared"), "\(test.name)")
            }
        }
    }

    @Test("keys of low order are refused", arguments: LowOrder.keys)
    func lowOrder(key: PublicKey) {
        let pair = X25519.KeyPair.generate(from: SeededRandomSource(seed: 1))

        #expect(throws: X25519.Failure.zeroSharedSecret) { try pair.agree(with: key) }
    }

    @Test("public keys have 32 bytes and are ordered bytewise")
    func publicKeys() throws {
        let random = SeededRandomSource(seed: 2)
        let keys = (0..<50).compactMap { _ in PublicKey(random.bytes(count: 32)) }

        let sorted = keys.sorted()

        let texts = keys.map { hex($0.bytes) }
        #expect(sorted.map { hex($0.bytes) } == texts.sorted())
        #expect(PublicKey([UInt8](repeating: 1, count: 31)) == nil)
        #expect(PublicKey([UInt8](repeating: 1, count: 33)) == nil)
        #expect(Set(keys).count == 50)
        #expect(keys[0].description == String(texts[0].prefix(8)))
    }

    @Test("a private key has 32 bytes and does not show")
    func privateKeys() {
        let pair = X25519.KeyPair.generate(from: SeededRandomSource(seed: 3))
        var dumped = ""
        dump(pair, to: &dumped)

        #expect(X25519.KeyPair(privateKey: SecretBytes([1, 2, 3])) == nil)
        #expect(!"\(pair)\(dumped)".contains(hex(pair.privateKey.exposed.prefix(4))))
    }

    private func keyPair(_ text: String) throws -> X25519.KeyPair {
        try #require(X25519.KeyPair(privateKey: SecretBytes(bytes(hex: text))))
    }
}

/// Points of Curve25519 and its twist whose multiples are few.
enum LowOrder {
    static let keys: [PublicKey] = [
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ].compactMap { PublicKey(bytes(hex: $0)) }
}
