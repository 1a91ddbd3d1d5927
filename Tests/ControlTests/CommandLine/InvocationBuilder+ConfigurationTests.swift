import Forwarding
import SRMUDP
import Testing

@testable import Control

@Suite("InvocationBuilder, configuration file")
struct InvocationBuilderConfigurationTests {
    private static let text = """
        listen: 127.0.0.1:7001
        name: attic
        permit: [localhost:80]
        permit-relay: true
        ask: true
        path: relay
        hold: 20m
        log-level: warning
        probe-budget: 5
        rendezvous: [rv.example:7070]
        peers:
          homebox:
            forwards: ["-L 8080:localhost:80", "-D 1080"]
            path: direct
            hold: 1m
            via: [garage, cellar]
            gateway-ports: true
            exit-on-forward-failure: false
            open-proxy: true
            permit-remote-open: [localhost:80]
          garage:
            autostart: true
            forwards: -R 9000:localhost:3000
        """

    /// - Parameter files: others of the home `/h`, such as `config`.
    private func builder(
        _ text: String = text, files: [String: String] = [:]
    ) -> InvocationBuilder {
        var surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        surroundings.readConfiguration = { (path) throws(FileError) in
            path == "/h/p2pfwd.yaml" ? [UInt8](text.utf8) : nil
        }
        surroundings.readFile = { (path) throws(FileError) in
            files[path].map { [UInt8]($0.utf8) }
        }
        return InvocationBuilder(surroundings: surroundings)
    }

    private func invocation(
        _ line: String, _ text: String = text, files: [String: String] = [:]
    ) throws(CommandError) -> Invocation {
        let words = ["--home", "/h"] + line.split(separator: " ").map(String.init)
        return try builder(text, files: files).invocation(for: words)
    }

    private func forward(
        _ line: String, _ text: String = text, files: [String: String] = [:]
    ) throws -> ForwardOptions {
        guard case .forward(let options) = try invocation(line, text, files: files).command else {
            throw CommandError("test", "no forward", .failure)
        }
        return options
    }

    private func serve(_ line: String, _ text: String = text) throws -> ServeOptions {
        guard case .serve(let options) = try invocation(line, text).command else {
            throw CommandError("test", "no serve", .failure)
        }
        return options
    }

    private func error(_ line: String, _ text: String = text) -> String {
        do throws(CommandError) {
            _ = try invocation(line, text)
            return ""
        } catch {
            #expect(error.exitCode == .usage)
            return error.description
        }
    }

    @Test("serve takes what is at the top, and the command line comes before it")
    func serving() throws {
        let plain = try serve("serve")
        #expect(plain.listen == SocketAddress("127.0.0.1:7001"))
        #expect(plain.name == "attic")
        #expect(plain.policy == (try AccessPolicy(parsing: ["localhost:80"])))
        #expect(plain.grants.mayRelay)
        #expect(plain.asking.usesTerminal)
        #expect(plain.meeting.path == .relay)
        #expect(plain.meeting.probeBudget == 5)
        #expect(plain.meeting.servers.map(\.place) == ["rv.example:7070"])
        #expect(plain.transport.hold == .minutes(20))
        #expect(try invocation("serve").logLevel == .warning)

        let given = try serve(
            "serve --listen 7002 --permit any --ask-command x --path auto --hold 2m "
                + "--rendezvous other:1 --name b")
        #expect(given.listen == SocketAddress("[::]:7002"))
        #expect(given.policy == (try AccessPolicy(parsing: ["any"])))
        #expect(given.asking == AskingOptions(usesTerminal: false, command: "x"))
        #expect(given.meeting.path == .auto)
        #expect(given.transport.hold == .minutes(2))
        #expect(given.meeting.servers.map(\.place) == ["other:1"])
        #expect(given.name == "b")
        #expect(try invocation("serve -v").logLevel == .debug)
        #expect(try serve("serve -o Hold=3m").transport.hold == .minutes(3))
    }

    @Test("a name alone starts the forwards of the file, with what it says of the peer")
    func names() throws {
        let options = try forward("homebox")

        #expect(options.forwards.map { "\($0.kind.letter) \($0)" }.count == 2)
        #expect(options.forwards.map(\.kind) == [.local, .dynamic])
        #expect(options.meeting.path == .direct)
        #expect(options.transport.hold == .minutes(1))
        #expect(options.vias == ["garage", "cellar"])
        #expect(!options.exitsOnFailure)
        #expect(options.opensProxy)
        #expect(options.remoteOpenPolicy == (try AccessPolicy(parsing: ["localhost:80"])))
        // What is for the serving node alone does not hold here.
        #expect(options.listen == nil)
        #expect(try forward("garage").meeting.path == .relay)
    }

    @Test("forwards of the command line stand in for those of the file")
    func givenForwards() throws {
        #expect(try forward("-L 1:localhost:1 homebox").forwards.count == 1)
        #expect(try forward("-o LocalForward=1:localhost:1 homebox").forwards.count == 1)
        #expect(try forward("-J attic homebox").vias == ["attic"])
        #expect(try forward("--path auto homebox").meeting.path == .auto)
    }

    @Test("the file in the form of ssh_config comes before, and -F in place of both")
    func sshConfiguration() throws {
        let files = [
            "/h/config": "Host homebox\nHold 4m\nLocalForward 9090 localhost:90\n",
            "/x": "LocalForward 1 localhost:1\n",
        ]
        let both = try forward("homebox", files: files)
        #expect(both.transport.hold == .minutes(4))
        #expect(both.forwards.count == 3)

        let own = try forward("-F /x homebox", files: files)
        #expect(own.forwards.count == 1)
        #expect(own.transport.hold == .minutes(20))
        #expect(own.vias.isEmpty)
    }

    @Test("the settings that -G prints mean the same with -F")
    func effective() throws {
        guard case .help(let text) = try invocation("-G homebox").command else {
            Issue.record("no text")
            return
        }
        let again = try forward("-F /x homebox", files: ["/x": text])
        let options = try forward("homebox")

        #expect(again.forwards == options.forwards)
        #expect(again.transport == options.transport)
        #expect(again.vias == options.vias)
    }

    @Test("what a node begins at its start is what the names alone would")
    func autostarted() throws {
        let options = try serve("serve")

        var garage = try forward("garage")
        garage.connectTimeout = .longest
        #expect(options.autostarted == [garage])
        #expect(try serve("serve", "hold: 1m").autostarted.isEmpty)
    }

    @Test("the node that commands share is as the top of the file says")
    func sharedNode() throws {
        let garage = try invocation("garage")
        guard case .forward(let options) = garage.command,
            case .forward(let other) = try invocation("homebox").command
        else {
            Issue.record("no forward")
            return
        }

        #expect(garage.node.meeting.path == .relay)
        #expect(garage.node.transport.hold == .minutes(20))
        #expect(ForwardRequest(options, directory: "/", node: garage.node) != nil)
        // What is said of this peer alone the node cannot heed.
        #expect(ForwardRequest(other, directory: "/", node: garage.node) == nil)
        let node = try builder().invocation(for: ["--ready-pipe=3", "--home", "/h", "__node"])
        #expect(node.node == garage.node)
    }

    @Test("forwards that a node begins must not be in each other's way")
    func collisions() {
        let text = """
            peers:
              a: {autostart: true, forwards: -L 8080:localhost:80}
              b: {autostart: true, forwards: "-D 8080"}
            """

        #expect(error("serve", text).contains("/h/p2pfwd.yaml:3:3: peers.b.forwards: '"))
        #expect(error("serve", text).contains("of another peer does"))
        #expect(
            error("serve", text.replacing("true, forwards: \"", with: "false, forwards: \"")) == "")
    }

    @Test("a broken file stops the commands that it is about, and no others")
    func broken() throws {
        for line in ["serve", "-L 1:a:1 homebox", "ping homebox", "pair", "netcheck"] {
            #expect(error(line, "holt: 1m").hasPrefix("p2pfwd: /h/p2pfwd.yaml:1:1: holt"))
        }
        for line in ["id", "peers", "config check", "config path", "help", "serve --help"] {
            #expect(error(line, "holt: 1m") == "")
        }
    }

    @Test("other commands heed what is about the node, and about the peer where they have one")
    func others() throws {
        guard case .ping(let ping) = try invocation("ping homebox").command,
            case .pair(let pair) = try invocation("pair").command
        else {
            Issue.record("wrong commands")
            return
        }
        #expect(ping.meeting.path == .direct)
        #expect(pair.meeting.path == .relay)
        // Rights of everybody are not rights of the new peer.
        #expect(pair.rights == PeerRights())
    }

    @Test("the words of config are understood")
    func words() throws {
        #expect(try invocation("config path").command == .configuration(.path))
        #expect(try invocation("config check").command == .configuration(.check(file: nil)))
        #expect(try invocation("config check f").command == .configuration(.check(file: "f")))
        #expect(
            try invocation("config show a --json").command
                == .configuration(.show(peer: "a", json: true)))
        #expect(
            try invocation("config get hold a").command
                == .configuration(.get(key: "hold", peer: "a")))
        #expect(error("config").contains("what shall be done?"))
        #expect(error("config shw").contains("did you mean 'show'?"))
        #expect(error("config get holt").contains("did you mean 'hold'?"))
        #expect(error("config get listen a").contains("it is none of a peer"))
        #expect(error("config get via").contains("p2pfwd config get via PEER"))
        #expect(error("config check a b").contains("takes one file"))
        #expect(error("config path --json").contains("config show"))
        #expect(try invocation("__generate man").command == .generate("man"))
    }
}
