internal import Glibc

/// Where a node keeps its files.
///
/// With `--home DIR` everything is in that one folder, so that several nodes can live on a machine.
/// Without it the XDG folders are used: `$XDG_CONFIG_HOME/p2pfwd` (else `~/.config/p2pfwd`) for
/// what the user may edit or back up, `$XDG_STATE_HOME/p2pfwd` (else `~/.local/state/p2pfwd`) for
/// the rest. Both are made with mode 0700, and refused when they are open to others or belong to
/// somebody else.
package struct HomeDirectory: Sendable {
    package let configuration: String
    package let state: String

    /// - Parameters:
    ///   - option: the value of `--home`.
    ///   - variables: looks an environment variable up.
    /// - Throws: `FileError.wrongType` if neither the option nor a variable names a folder.
    package init(
        option: String?, variables: (String) -> String?
    ) throws(FileError) {
        if let option {
            guard !option.isEmpty else { throw .wrongType(path: "--home", wanted: "directory") }
            configuration = option
            state = option
            return
        }
        func folder(_ variable: String, _ underHome: String) throws(FileError) -> String {
            // XDG: a relative path is invalid and counts as not set.
            if let path = variables(variable), path.hasPrefix("/") { return path + "/p2pfwd" }
            if let home = variables("HOME"), home.hasPrefix("/") {
                return "\(home)/\(underHome)/p2pfwd"
            }
            throw .wrongType(path: "$HOME", wanted: "directory; use --home DIR")
        }
        configuration = try folder("XDG_CONFIG_HOME", ".config")
        state = try folder("XDG_STATE_HOME", ".local/state")
    }

    /// The path of the settings for peers, which the user writes.
    package var configurationFile: String { configuration + "/config" }
    /// The path of the settings of the node and of its peers, which the user writes.
    package var nodeConfigurationFile: String { configuration + "/p2pfwd.yaml" }
    package var identity: DurableFile { DurableFile(path: configuration + "/identity") }
    package var peers: DurableFile { DurableFile(path: configuration + "/peers") }
    /// Where peers were found.
    package var contacts: DurableFile { DurableFile(path: state + "/contacts") }
    /// The rendezvous servers that this home uses or knows.
    package var servers: DurableFile { DurableFile(path: configuration + "/servers") }
    /// The tickets that this node issued and that are not used up.
    package var tickets: DurableFile { DurableFile(path: state + "/tickets") }
    /// The tokens of the web endpoint, as digests.
    package var webTokens: DurableFile { DurableFile(path: state + "/web-tokens") }
    /// The nameplates that a rendezvous server of this home gave out lately.
    package var nameplates: DurableFile { DurableFile(path: state + "/nameplates") }
    /// What was typed in shells.
    package var shellHistory: DurableFile { DurableFile(path: state + "/shell_history") }
    /// The path of what commands in the background have to say.
    package var log: String { state + "/log" }
    /// The path of the socket at which the running node is driven.
    package var control: String { state + "/control" }
    /// What worked in which network.
    package var networks: DurableFile { DurableFile(path: state + "/networks") }
    /// The UDP port, chosen once.
    package var port: DurableFile { DurableFile(path: state + "/port") }

    /// Makes what is missing and checks what is there.
    package func prepare() throws(FileError) {
        try Self.prepare(configuration)
        if state != configuration { try Self.prepare(state) }
    }

    private static func prepare(_ path: String) throws(FileError) {
        try makeParents(of: path)
        if mkdir(path, 0o700) != 0, errno != EEXIST {
            throw .system(path: path, call: "mkdir", errno: errno)
        }
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw .system(path: path, call: "stat", errno: errno)
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw .wrongType(path: path, wanted: "directory")
        }
        guard status.st_uid == geteuid() else { throw .foreignOwner(path: path) }
        guard status.st_mode & 0o077 == 0 else {
            throw .tooOpen(path: path, mode: octal(status.st_mode), wanted: "0700")
        }
    }

    /// Makes the folders above `path` that are missing.
    static func makeParents(of path: String) throws(FileError) {
        for (index, character) in zip(path.indices, path) where character == "/" {
            let parent = String(path[..<index])
            guard !parent.isEmpty else { continue }
            // An existing folder on a read-only file system answers EROFS or EACCES: what matters
            // is whether the last one can be made.
            if mkdir(parent, 0o700) != 0, errno == ENOTDIR {
                throw .system(path: parent, call: "mkdir", errno: ENOTDIR)
            }
        }
    }
}
