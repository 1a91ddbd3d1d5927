import Control

/// The text of a configuration file.
///
/// Whatever is accepted must mean the same when what `config show` prints of it is read.
package enum ConfigurationFuzzer {
    package static func run(_ input: [UInt8]) {
        guard let file = file(input) else { return }
        for peer in [nil] + file.peerNames.prefix(4).map({ Optional($0) }) {
            let shown = file.shown(for: peer)
            guard let again = Self.file([UInt8](shown.utf8)) else {
                preconditionFailure("what is shown of a configuration cannot be read: \(shown)")
            }
            precondition(
                again.values(for: peer) == file.values(for: peer),
                "what is shown of a configuration means something else: \(shown)")
        }
    }

    private static func file(_ bytes: [UInt8]) -> ConfigurationFile? {
        let surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        return try? ConfigurationFile(parsing: bytes, path: "f", surroundings: surroundings)
    }
}
