import Foundation

/// The inputs kept under Tests/Fuzz/corpus, one folder for each target.
enum FuzzCorpus {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fuzz/corpus")

    /// The names of the folders.
    static func folders() throws -> Set<String> {
        Set(try FileManager.default.contentsOfDirectory(atPath: root.path()))
    }

    static func load(_ target: String) throws -> [[UInt8]] {
        let folder = root.appending(path: target).path()
        return try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { name in
            [UInt8](try Data(contentsOf: root.appending(path: "\(target)/\(name)")))
        }
    }

    static func save(_ input: [UInt8], name: String, target: String) throws {
        let folder = root.appending(path: target)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(input).write(to: folder.appending(path: name))
    }
}
