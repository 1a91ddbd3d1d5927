import Testing

/// Who may import what: the layers of docs/ARCHITECTURE.md, kept by a test.
@Suite("Layering")
struct LayeringTests {
    /// A module and the only places under Sources that may import it.
    struct Rule: CustomStringConvertible, Sendable {
        let module: String
        let places: [String]

        var description: String { module }
    }

    static let rules = [
        Rule(module: "COpenSSL", places: ["Sources/SRMUDP/Crypto", "Sources/Forwarding/TLS"]),
        Rule(module: "CMultiBuffer", places: ["Sources/SRMUDP/Crypto"]),
        Rule(module: "CReadline", places: ["Sources/Control/Program", "Sources/Control/Shell"]),
        Rule(module: "CPortMapping", places: ["Sources/Control/Meeting/PortMapping"]),
        Rule(module: "CWebPages", places: ["Sources/Control/Web/Pages"]),
        Rule(module: "CYAML", places: ["Sources/Control/Configuration"]),
        Rule(module: "CZlib", places: ["Sources/Forwarding/Web/Compression/Zlib"]),
        Rule(
            module: "CSystem",
            places: ["Sources/SRMUDP/IO", "Sources/Forwarding/Sockets", "Sources/Control"]),
        // The congestion controller takes the cube root from it, and nothing else.
        Rule(
            module: "Glibc",
            places: [
                "Sources/SRMUDP/IO", "Sources/SRMUDP/Recovery/Cubic.swift",
                "Sources/Forwarding/Sockets", "Sources/Control", "Sources/p2pfwd",
            ]),
        Rule(module: "FoundationEssentials", places: ["Sources/Control"]),
        Rule(module: "Foundation", places: []),
        Rule(module: "FoundationNetworking", places: []),
        Rule(module: "Dispatch", places: []),
        Rule(module: "SRMUDP", places: ["Sources/Forwarding", "Sources/Control"]),
        Rule(module: "Forwarding", places: ["Sources/Control"]),
        Rule(module: "Control", places: ["Sources/p2pfwd"]),
    ]

    @Test("a module is imported only where its layer allows", arguments: rules)
    func imports(rule: Rule) throws {
        for file in try SourceTree(["Sources"]).files where !file.isUnder(rule.places) {
            for (number, text) in file.code where Self.importedModule(text) == rule.module {
                Issue.record("\(file):\(number) must not import \(rule.module)")
            }
        }
    }

    @Test("every import of the sources has a rule")
    func knownImports() throws {
        let known = Set(Self.rules.map(\.module)).union(["Synchronization"])
        for file in try SourceTree(["Sources"]).files {
            for (number, text) in file.code {
                guard let module = Self.importedModule(text) else { continue }
                #expect(known.contains(module), "\(file):\(number)")
            }
        }
    }

    private static func importedModule(_ line: String) -> String? {
        let words = line.split(separator: " ")
        guard let position = words.firstIndex(of: "import"), position + 1 < words.count else {
            return nil
        }
        let qualifiers: Set<Substring> = [
            "internal", "package", "private", "fileprivate", "@preconcurrency",
        ]
        guard words[..<position].allSatisfy(qualifiers.contains) else { return nil }
        return String(words[position + 1].prefix { $0 != "." })
    }
}
