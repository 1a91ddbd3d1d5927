import Testing

@testable import Control

@Suite struct InvocationBuilderServiceTests {
    private func options(_ line: String, isRoot: Bool = false) throws -> ServiceOptions {
        var surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        surroundings.workingDirectory = "/here"
        surroundings.isRoot = isRoot
        let builder = InvocationBuilder(surroundings: surroundings)
        let words = line.split(separator: " ").map(String.init)
        guard case .service(let options) = try builder.invocation(for: words).command else {
            throw CommandError("test", "'\(line)' is another command", .internalError)
        }
        return options
    }

    @Test("what stands behind -- are the options of the service")
    func install() throws {
        let options = try options("--home h service install -- --permit localhost:80 -v")

        #expect(
            options
                == ServiceOptions(
                    action: .install, scope: .user, role: .serve, home: "/here/h",
                    options: ["--permit", "localhost:80", "-v"], isForced: false))
    }

    @Test("root's service is the system's, unless it is said")
    func scopes() throws {
        #expect(try options("service status", isRoot: true).scope == .system)
        #expect(try options("service status --user", isRoot: true).scope == .user)
        #expect(try options("service status --system").scope == .system)
    }

    @Test("a rendezvous server is named in front of its options")
    func rendezvous() throws {
        let options = try options("service print --system rendezvous -- --listen 0.0.0.0:7070")

        #expect(options.role == .rendezvous)
        #expect(options.options == ["--listen", "0.0.0.0:7070"])
    }

    @Test(
        "mistakes are told before anything is made",
        arguments: [
            "service", "service instal", "service install --user --system",
            "service install -- --permit", "service install -- --permit nonsense",
            "service install -- --relay-rate 5", "service install -- peer",
            "service install -- --audit flows.log", "service install -- --home /x",
            "service install -- --ask", "service install -- --help",
            "service install --permit localhost:80", "service status -- --permit any",
            "service print --force", "service print rendezvous -- --permit any",
        ])
    func mistakes(line: String) {
        let error = #expect(throws: CommandError.self) { try options(line) }
        #expect(error?.exitCode == .usage)
    }
}
