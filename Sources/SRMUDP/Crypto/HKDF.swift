/// Key derivation from key material (RFC 5869, with SHA-256).
package enum HKDF {
    /// A uniform key of 32 bytes out of `inputKeyMaterial` (section 2.2).
    package static func extract(salt: [UInt8], inputKeyMaterial: SecretBytes) -> SecretBytes {
        // An absent salt stands for a block of zeros.
        let salt = salt.isEmpty ? [UInt8](repeating: 0, count: HMACSHA256.length) : salt
        return extract(salt: SecretBytes(salt), inputKeyMaterial: inputKeyMaterial)
    }

    /// The same with a salt that is secret, as in Noise; at least one byte long.
    static func extract(salt: SecretBytes, inputKeyMaterial: SecretBytes) -> SecretBytes {
        var authentication = HMACSHA256(key: salt)
        authentication.update(inputKeyMaterial)
        return authentication.finishSecret()
    }

    /// `count` bytes of key for the use that `info` names (section 2.3); `count` <= 8160.
    package static func expand(_ key: SecretBytes, info: [UInt8], count: Int) -> SecretBytes {
        precondition(count >= 0 && count <= 255 * HMACSHA256.length, "too much for one expansion")
        var authentication = HMACSHA256(key: key)
        var output: [UInt8] = []
        output.reserveCapacity(count + HMACSHA256.length)
        var block: [UInt8] = []
        var counter: UInt8 = 0
        while output.count < count {
            counter += 1
            authentication.update(block)
            authentication.update(info)
            authentication.update([counter])
            wipe(&block)
            block = authentication.finish()
            output += block
        }
        wipe(&block)
        let result = SecretBytes(taking: &output)
        return result.count == count ? result : result.part(0..<count)
    }

    /// The same with a text as `info`.
    package static func expand(_ key: SecretBytes, label: String, count: Int = 32) -> SecretBytes {
        expand(key, info: [UInt8](label.utf8), count: count)
    }
}
