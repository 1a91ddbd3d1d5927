/// Keys that two nodes share and that are all they know of each other.
package enum SharedKey {
    package enum Failure: Error, Equatable {
        /// Fewer than `minimumLength` characters: guessed in no time, however it is stretched.
        case passwordTooShort
    }

    package static let minimumLength = 8
    private static let salt = [UInt8]("srmudp shared key 1".utf8)

    /// A key of 32 bytes from a password that people have agreed on: scrypt (RFC 7914) over its
    /// UTF-8 with N = 2^15, r = 8, p = 1 and the salt "srmudp shared key 1".
    ///
    /// The salt is the same for all, because nothing can be exchanged before the key is known. Takes
    /// about a tenth of a second and 32 MiB.
    package static func derive(password: String) throws(Failure) -> SecretBytes {
        guard password.count >= minimumLength else { throw .passwordTooShort }
        var bytes = [UInt8](password.utf8)
        return Scrypt.deriveKey(password: SecretBytes(taking: &bytes), salt: salt)
    }
}
