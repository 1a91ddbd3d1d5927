/// A file with the key of a link on its first line; nobody else may read it.
enum KeyLinkKeyFile {
    static func read(_ path: String) throws(CommandError) -> KeyLinkKey {
        let content: [UInt8]
        do throws(FileError) {
            guard let bytes = try DurableFile(path: path).read() else {
                throw .system(path: path, call: "open", errno: 2)
            }
            content = bytes
        } catch {
            throw CommandError("key file", error)
        }
        do throws(KeyLinkKeyError) {
            return try KeyLinkKey(text: Array(content.prefix { $0 != 0x0a && $0 != 0x0d }))
        } catch {
            throw CommandError("key file \(path)", "\(error)", .usage)
        }
    }
}
