import Forwarding

/// What a configuration file says, checked to the last value.
///
///     listen: "[::]:7001"
///     permit: [localhost:80]
///     peers:
///       homebox:
///         autostart: true
///         forwards: ["-L 8080:localhost:80", "-D 1080"]
///
/// `ConfigurationKey.all` has the keys.
package struct ConfigurationFile: Equatable, Sendable {
    /// What is said of one peer.
    struct PeerSection: Equatable, Sendable {
        /// One item of `forwards`.
        struct Forward: Equatable, Sendable {
            let kind: ForwardSpecification.Kind
            /// What stands behind the option.
            let text: String
            let place: TextPlace
        }

        let name: String
        let place: TextPlace
        let section: ConfigurationSection
        let forwards: [Forward]

        /// Whether the node begins the forwards at its start.
        var autostarts: Bool { section.isSet("autostart") }
    }

    /// More peers are not read.
    static let peerLimit = 1_024

    package let path: String
    let top: ConfigurationSection
    let peers: [PeerSection]
    /// Sentences about what means less than it says.
    package let warnings: [String]

    func peer(_ name: String) -> PeerSection? { peers.first { $0.name == name } }

    /// `FILE:LINE`, as the origin of a value.
    func origin(_ place: TextPlace) -> String { "\(path):\(place)" }

    /// - Parameters:
    ///   - path: of the file, for messages and for names that are relative to it.
    ///   - surroundings: for `~` and what forwards may refer to.
    /// - Throws: the first mistake, with its place.
    package init(
        parsing bytes: [UInt8], path: String, surroundings: Surroundings
    ) throws(CommandError) {
        var checker = ConfigurationChecker(path: path, surroundings: surroundings)
        do throws(ConfigurationError) {
            if let root = try YAMLReader.read(bytes) { try checker.take(root) }
        } catch {
            throw error.commandError(in: path)
        }
        self.path = path
        top = checker.top
        peers = checker.peers
        warnings = checker.warnings
    }

    /// The file at `path`; nil if there is none.
    package static func load(
        _ path: String, surroundings: Surroundings
    ) throws(CommandError) -> ConfigurationFile? {
        let bytes: [UInt8]?
        do throws(FileError) {
            bytes = try surroundings.readConfiguration(path)
        } catch {
            throw CommandError("configuration", error)
        }
        guard let bytes else { return nil }
        return try ConfigurationFile(parsing: bytes, path: path, surroundings: surroundings)
    }
}
