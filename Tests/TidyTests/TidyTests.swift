import Foundation
import Testing

/// The house style as far as a program can judge it.
@Suite("Tidiness")
struct TidyTests {
    /// A token and the only places that may contain it.
    struct Rule: CustomStringConvertible, Sendable {
        let token: String
        let places: [String]
        let reason: String

        var description: String { token }

        init(_ token: String, _ reason: String, in places: [String] = []) {
            self.token = token
            self.places = places
            self.reason = reason
        }
    }

    static let longestFile = 400

    static let unsafePlaces = [
        "Sources/SRMUDP/Memory/ByteStorage.swift", "Sources/SRMUDP/Wire/ByteReader.swift",
        "Sources/SRMUDP/Crypto", "Sources/SRMUDP/IO", "Sources/Forwarding/Sockets",
        "Sources/Forwarding/TLS", "Sources/Forwarding/Web/Compression/Zlib", "Sources/Control",
    ]

    static let rules = [
        Rule("Date()", "time is a parameter"),
        Rule("ContinuousClock", "time is a parameter"),
        Rule("SuspendingClock", "time is a parameter"),
        Rule(
            "clock_gettime", "only the event loop knows the time",
            in: ["Sources/SRMUDP/IO", "Sources/Control"]),
        Rule("SystemRandomNumberGenerator", "randomness is given at construction"),
        Rule("random(in:", "randomness is given at construction"),
        Rule("try!", "an error has a path, or the impossible says why it is"),
        Rule("public", "the package has no foreign users: package is the widest access"),
        Rule("open class", "the package has no foreign users"),
        Rule("nonisolated(unsafe)", "the compiler's check is wanted"),
        Rule("@unchecked", "one door only: the event loop's posted closures", in: [eventLoop]),
        Rule("Unsafe", "raw memory has few, known places", in: unsafePlaces),
        Rule("unsafeBitCast", "raw memory has few, known places"),
        Rule("-Ounchecked", "checks stay on"),
        Rule("DispatchQueue", "one thread, one event loop"),
        Rule("Task {", "one thread, one event loop"),
        Rule("Task.", "one thread, one event loop"),
        Rule("async", "one thread, one event loop"),
        Rule("await", "one thread, one event loop"),
        Rule("actor", "one thread, one event loop"),
        Rule("print(", "output goes through the writers given at the start"),
        Rule("fatalError(", "what cannot happen is a preconditionFailure that says why"),
    ]

    private static let eventLoop = "Sources/SRMUDP/IO"

    @Test("a token occurs only in its places", arguments: rules)
    func tokens(rule: Rule) throws {
        for file in try SourceTree(["Sources"]).files where !file.isUnder(rule.places) {
            for (number, text) in file.code where Self.contains(rule.token, in: text) {
                Issue.record("\(file):\(number) has \(rule.token): \(rule.reason)")
            }
        }
    }

    @Test("only one type asks the compiler to look away")
    func uncheckedDoor() throws {
        let doors = try SourceTree(["Sources"]).files.flatMap { file in
            file.code.filter { $0.text.contains("@unchecked") }.map { "\(file):\($0.number)" }
        }

        #expect(doors.count <= 1, "\(doors)")
    }

    @Test("no file is longer than 400 lines")
    func lengths() throws {
        for file in try SourceTree(["Sources", "Tests"]).files {
            #expect(file.lines.count <= Self.longestFile + 1, "\(file)")
        }
    }

    @Test("nothing is left for later without an issue")
    func leftovers() throws {
        // Spelled in halves, so that this file does not find itself.
        let marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"]
        for file in try SourceTree(["Sources", "Tests"]).files {
            for (index, line) in file.lines.enumerated() {
                for mark in marks where Self.contains(mark, in: String(line)) {
                    Issue.record("\(file):\(index + 1) has \(mark)")
                }
            }
        }
    }

    @Test("no path of a developer's machine is in the files")
    func machinePaths() throws {
        let paths = ["/wo" + "rk/", "/ho" + "me/", "/ro" + "ot/"]
        for file in try SourceTree(["Sources", "Tests"]).files {
            for (index, line) in file.lines.enumerated() {
                for path in paths where line.contains(path) && !line.contains("\"") {
                    Issue.record("\(file):\(index + 1) has \(path)")
                }
            }
        }
    }

    @Test("the tests of a type stand where the type stands")
    func mirroredTests() throws {
        for module in ["SRMUDP", "Forwarding", "Control"] {
            let sources = try SourceTree(["Sources/\(module)"]).files.map(\.path)
            let tests = try SourceTree(["Tests/\(module)Tests"]).files
            for file in tests where !file.isUnder(["Tests/\(module)Tests/Support"]) {
                let mirror = file.path.replacing(
                    "Tests/\(module)Tests/", with: "Sources/\(module)/")
                let folder = mirror.dropLast(file.name.count + 1)
                #expect(SourceTree.exists(String(folder)), "\(file) has no such folder")
                let subject = "/" + file.name.replacing("Tests.swift", with: ".swift")
                let homes = sources.filter { $0.hasSuffix(subject) }
                #expect(
                    homes.isEmpty || homes.contains(folder + subject), "\(file): \(homes)")
            }
        }
    }

    @Test("no placeholder is left beside what took its place")
    func placeholders() throws {
        for folder in ["SRMUDP", "Forwarding", "Control"] {
            let names = try SourceTree(["Sources/\(folder)"]).files.map(\.name)
            #expect(names.count == 1 || !names.contains("Placeholder.swift"), "\(folder)")
        }
    }

    /// Whether `token` stands in `line` with no letter or digit glued to its wordy ends.
    private static func contains(_ token: String, in line: String) -> Bool {
        guard let range = line.range(of: token) else { return false }
        // "Unsafe" forbids every type whose name contains it.
        if token == "Unsafe" { return true }
        let startsWordy = token.first.map(isWordy) ?? false
        let endsWordy = token.last.map(isWordy) ?? false
        let before = line[..<range.lowerBound].last.map(isWordy) ?? false
        let after = line[range.upperBound...].first.map(isWordy) ?? false
        if (startsWordy && before) || (endsWordy && after) {
            return contains(token, in: String(line[range.upperBound...]))
        }
        return true
    }

    private static func isWordy(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }
}
