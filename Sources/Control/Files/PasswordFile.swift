import SRMUDP

/// A file with a password on its first line; nobody else may read it.
enum PasswordFile {
    private static let limit = 1_024

    static func read(_ path: String) throws(CommandError) -> SecretBytes {
        do throws(FileError) {
            guard let bytes = try DurableFile(path: path).read() else {
                throw .system(path: path, call: "open", errno: 2)
            }
            var password = Array(bytes.prefix { $0 != 0x0a && $0 != 0x0d })
            guard (8...limit).contains(password.count) else {
                throw .damaged(
                    path: path, line: 1, reason: "a password has 8 to \(limit) characters")
            }
            return SecretBytes(taking: &password)
        } catch {
            throw CommandError("password file", error)
        }
    }
}
