import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct ConfigurationCommandTests {
    private final class Lines {
        var output: [String] = []
        var reported: [String] = []
    }

    private func run(
        _ action: ConfigurationAction, in home: TemporaryHome
    ) throws -> (code: ExitCode, lines: Lines) {
        let lines = Lines()
        let context = CommandContext(
            home: try home.prepared(), random: SeededRandomSource(seed: 1), now: Sample.now,
            label: "", candidates: { () throws(CommandError) in [] },
            readInput: { () throws(CommandError) in "" },
            output: { lines.output.append($0) }, report: { lines.reported.append($0) })
        var surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        surroundings.readConfiguration = { (path) throws(FileError) in
            try DurableFile(path: path).read(for: .readers)
        }
        let command = ConfigurationCommand(
            action: action, builder: InvocationBuilder(surroundings: surroundings),
            homeOption: home.path)
        return (try command.run(in: context), lines)
    }

    @Test("a good file is counted, and peers that are not paired yet are named")
    func good() throws {
        let home = TemporaryHome()
        _ = try home.prepared()
        let text =
            "peers:\n  a: {autostart: true, forwards: ['-L 8000-8002:h:8000-8002', -D 1]}\n  b: {}\n"
        try home.write([UInt8](text.utf8), to: "p2pfwd.yaml")

        let (code, lines) = try run(.check(file: nil), in: home)

        #expect(code == .success)
        #expect(lines.output.count == 1)
        #expect(lines.output[0].hasSuffix(": good: 2 peers, 2 forwards, 4 started with the node"))
        #expect(lines.reported.count == 2)
        #expect(lines.reported[0].hasSuffix("p2pfwd.yaml:2:3: no peer 'a' is paired yet"))
    }

    @Test("forwards of one peer that are in each other's way are found")
    func collision() throws {
        let home = TemporaryHome()
        _ = try home.prepared()
        let text = "peers:\n  a:\n    forwards:\n    - -L 1:h:80\n    - -D 1\n"
        try home.write([UInt8](text.utf8), to: "p2pfwd.yaml")

        #expect {
            try run(.check(file: nil), in: home)
        } throws: { error in
            "\(error)".contains("p2pfwd.yaml:5:7") && "\(error)".contains("listens where")
        }
    }

    @Test("no file is no mistake, unless it is named")
    func missing() throws {
        let home = TemporaryHome()

        #expect(try run(.check(file: nil), in: home).lines.reported.count == 1)
        #expect(throws: CommandError.self) {
            try run(.check(file: home.path + "/other.yaml"), in: home)
        }
        #expect(try run(.path, in: home).lines.output == [home.path + "/p2pfwd.yaml"])
    }

    @Test("one value is printed, and nothing where there is none")
    func get() throws {
        let home = TemporaryHome()
        _ = try home.prepared()
        try home.write([UInt8]("permit: [a:1, b:2]\n".utf8), to: "p2pfwd.yaml")

        #expect(try run(.get(key: "permit", peer: nil), in: home).lines.output == ["a:1", "b:2"])
        #expect(try run(.get(key: "hold", peer: "x"), in: home).lines.output == ["15m"])
        #expect(try run(.get(key: "listen", peer: nil), in: home).code == .failure)
    }
}
