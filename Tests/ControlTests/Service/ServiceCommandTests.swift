import Foundation
import Testing

@testable import Control

@Suite struct ServiceCommandTests {
    private let temporary = TemporaryHome()

    private var unitPath: String { temporary.path + "/systemd/user/p2pfwd.service" }

    /// - Returns: what was printed.
    @discardableResult
    private func run(
        _ action: ServiceOptions.Action, _ scope: ServiceUnit.Scope = .user,
        _ options: [String] = [], isForced: Bool = false, isRoot: Bool = false,
        program: String = "/opt/p2pfwd", hasUser: Bool = true
    ) throws -> String {
        var lines: [String] = []
        let command = ServiceCommand(
            options: ServiceOptions(
                action: action, scope: scope, role: .serve, home: nil, options: options,
                isForced: isForced),
            program: program, systemControl: SystemControl(searchPath: temporary.path),
            variable: { $0 == "XDG_CONFIG_HOME" ? temporary.path : nil }, isRoot: isRoot,
            hasUser: { _ in hasUser }, output: { lines.append($0) })
        #expect(try command.run() == .success)
        return lines.joined(separator: "\n")
    }

    private func installed() throws -> String {
        try String(contentsOfFile: unitPath, encoding: .utf8)
    }

    @Test("without systemctl the unit is written, and what is left to do is told")
    func install() throws {
        let output = try run(.install, .user, ["--permit", "any"])

        #expect(try installed().contains("ExecStart=/opt/p2pfwd serve --permit any\n"))
        #expect(try temporary.mode(of: "systemd/user/p2pfwd.service") == 0o644)
        #expect(output.contains("wrote \(unitPath)"))
        #expect(output.contains("systemctl --user daemon-reload"))
        #expect(try run(.install, .user, ["--permit", "any"]).contains("is as it should be"))
    }

    @Test("a unit of other content is left alone unless it is forced")
    func otherContent() throws {
        try run(.install)
        let before = try installed()

        let error = #expect(throws: CommandError.self) { try run(.install, .user, ["-v"]) }
        #expect(error?.exitCode == .failure)
        #expect(try installed() == before)

        try run(.install, .user, ["-v"], isForced: true)
        #expect(try installed().contains("serve -v\n"))
    }

    @Test("what was installed can be removed, once")
    func uninstall() throws {
        try run(.install)

        #expect(try run(.uninstall).contains("removed \(unitPath)"))
        let error = #expect(throws: CommandError.self) { try run(.uninstall) }
        #expect(error?.exitCode == .failure)
    }

    @Test("what keeps a service of the system from starting is told before")
    func system() {
        func code(_ isRoot: Bool, _ program: String, hasUser: Bool) -> ExitCode? {
            #expect(throws: CommandError.self) {
                try run(.install, .system, isRoot: isRoot, program: program, hasUser: hasUser)
            }?.exitCode
        }
        #expect(code(false, "/opt/p2pfwd", hasUser: true) == .refused)
        #expect(code(true, "/home/me/p2pfwd", hasUser: true) == .refused)
        #expect(code(true, "/opt/p2pfwd", hasUser: false) == .failure)
    }

    @Test("a systemctl that fails fails the command")
    func systemControl() throws {
        _ = try temporary.prepared()
        try temporary.write(Array("#!/bin/sh\nexit 3\n".utf8), to: "systemctl", mode: 0o700)

        let error = #expect(throws: CommandError.self) { try run(.install) }
        #expect(error?.why == "'systemctl --user daemon-reload' ended with 3")
    }
}
