import Forwarding

/// A file with the users of a proxy port, one `user:password` on each line; nobody else may read it.
enum ProxyUsersFile {
    static func read(_ path: String) throws(CommandError) -> ProxyUsers {
        do throws(FileError) {
            guard let bytes = try DurableFile(path: path).read() else {
                throw .system(path: path, call: "open", errno: 2)
            }
            do throws(ProxyUsersError) {
                return try ProxyUsers(parsing: bytes)
            } catch {
                throw FileError.damaged(path: path, line: error.line ?? 1, reason: "\(error)")
            }
        } catch {
            throw CommandError("proxy users", error)
        }
    }
}
