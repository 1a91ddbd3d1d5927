import Forwarding
import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct InvocationBuilderForwardingTests {
    /// The invocation of a line, where words are separated by blanks and `_` stands for one.
    private func invocation(
        _ line: String, configuration: String? = nil, at path: String = "/c/config"
    ) throws(CommandError) -> Invocation {
        var surroundings = Surroundings(variable: { _ in nil }, service: { _ in nil })
        surroundings.readFile = { (name) throws(FileError) in
            name == path ? configuration.map { [UInt8]($0.utf8) } : nil
        }
        surroundings.hostName = "laptop.example"
        surroundings.userName = "ann"
        let words = line.split(separator: " ").map { word in
            String(word.map { $0 == "_" ? " " : $0 })
        }
        return try InvocationBuilder(surroundings: surroundings).invocation(for: words)
    }

    private func forward(
        _ line: String, configuration: String? = nil
    ) throws -> ForwardOptions {
        let invocation = try invocation("--home /c \(line)", configuration: configuration)
        guard case .forward(let options) = invocation.command else {
            throw CommandError("test", "no forward: \(line)", .failure)
        }
        return options
    }

    private func error(_ line: String, configuration: String? = nil) -> CommandError? {
        do throws(CommandError) {
            _ = try invocation("--home /c \(line)", configuration: configuration)
            return nil
        } catch {
            return error
        }
    }

    @Test("ssh's letters mean what they mean to ssh")
    func letters() throws {
        #expect(try forward("-nNT -L 1:h:2 box").forwards.count == 1)
        #expect(try forward("-f -L 1:h:2 box").goesToBackground)
        #expect(try forward("-gL 1:h:2 box").forwards.map(\.description) == ["*:1:h:2"])
        #expect(try forward("-4 -L 1:h:2 box").meeting.family == .ipv4)
        #expect(try forward("-6 -L 1:h:2 box").meeting.family == .ipv6)
        #expect(try forward("-b 192.0.2.1 -L 1:h:2 box").listen == SocketAddress("192.0.2.1:0"))
        #expect(try invocation("-E log -L 1:h:2 box").logFile == "log")
        #expect(try invocation("-vvv -L 1:h:2 box").logLevel == .trace)
        #expect(try forward("-L 1-2:h:3-4 box").forwards.map(\.description) == ["1:h:3", "2:h:4"])
    }

    @Test("settings mean what the options mean, which come first")
    func settings() throws {
        let options = try forward(
            "-o LocalForward=1_h:2 -o ForkAfterAuthentication=yes -o GatewayPorts=yes -o "
                + "AddressFamily=inet -o BindAddress=192.0.2.1 -o exitonforwardfailure=no -o "
                + "StreamLocalBindMask=0117 -o StreamLocalBindUnlink=yes -o "
                + "PermitRemoteOpen=a:1_b:2 -o ServerAliveInterval=15 -o SessionType=none -o "
                + "StdinNull=yes -o RequestTTY=no -o StrictHostKeyChecking=ask box")

        #expect(options.forwards.map(\.description) == ["*:1:h:2"])
        #expect(options.goesToBackground)
        #expect(options.meeting.family == .ipv4)
        #expect(options.listen == SocketAddress("192.0.2.1:0"))
        #expect(!options.exitsOnFailure)
        #expect(options.socketMask == 0o117)
        #expect(options.replacesSockets)
        #expect(options.remoteOpenPolicy == (try AccessPolicy(parsing: ["a:1", "b:2"])))
        #expect(options.transport.hold.seconds == 45)
        let plain = try forward("-L 1:h:2 box")
        #expect(plain.exitsOnFailure)
        #expect(plain.socketMask == 0o177)
        #expect(plain.remoteOpenPolicy == nil)
        #expect(
            try forward("-L 1:h:2 -o ServerAliveInterval=5 -o Hold=1m box").transport.hold.seconds
                == 60)
        #expect(
            try forward("-L 1:h:2 -o ServerAliveInterval=0 box").transport.hold.seconds == 900)
        #expect(try forward("-4 -L 1:h:2 -o AddressFamily=inet6 box").meeting.family == .ipv4)
        #expect(try invocation("-L 1:h:2 -o LogLevel=DEBUG3 box").logLevel == .trace)
        #expect(try invocation("-q -L 1:h:2 -o LogLevel=DEBUG3 box").logLevel == .error)
        #expect(try invocation("-L 1:h:2 -o SshExitCodes=yes box").usesSSHExitCodes)
        #expect(try invocation("serve -o SshExitCodes=yes").usesSSHExitCodes)
    }

    @Test("a peer with forwards in the file of the home needs its name alone")
    func configuration() throws {
        let file = "Host box\nLocalForward 1 h:2\nLocalForward=3:h:4\nHold 1m\nHost *\nHold 2m"

        let options = try forward("box", configuration: file)

        #expect(options.forwards.map(\.description) == ["1:h:2", "3:h:4"])
        #expect(options.transport.hold.seconds == 60)
        let more = try forward("-L 5:h:6 -o Hold=3m box", configuration: file)
        #expect(more.forwards.map(\.description) == ["5:h:6", "1:h:2", "3:h:4"])
        #expect(more.transport.hold.seconds == 180)
        let same = try forward("-L 1:h:2 box", configuration: file)
        #expect(same.forwards.map(\.description) == ["1:h:2", "3:h:4"])
        #expect(error("attic", configuration: file)?.description.contains("without -L") == true)
        #expect(error("-F none box", configuration: file)?.what == "nothing to forward")
        #expect(try forward("-F /c/config box", configuration: file) == options)
        #expect(error("-F /c/other box", configuration: file)?.exitCode == .usage)
        let cleared = error("-o ClearAllForwardings=yes -L 5:h:6 box", configuration: file)
        #expect(cleared?.what == "nothing to forward")
    }

    @Test("what -G prints means the same again")
    func effective() throws {
        let line =
            "-4 -g -L 1:h:2 -L [::1]:3:[::1]:4 -o Hold=1h -o ExitOnForwardFailure=no "
            + "-o PermitRemoteOpen=none -b 192.0.2.1 --congestion cubic --connect-timeout 5 box"
        guard case .help(let text) = try invocation("\(line) -G").command else {
            Issue.record("-G prints nothing")
            return
        }

        #expect(try forward("box", configuration: text) == forward(line))
        #expect(text.contains("    LocalForward *:1 h:2\n"))
        guard case .help(let none) = try invocation("-G box").command else {
            Issue.record("-G needs no forwards")
            return
        }
        #expect(none.hasPrefix("Host box\n"))
    }

    @Test("the way through others is read from -J and ProxyJump")
    func ways() throws {
        #expect(try forward("-L 1:h:2 box").vias.isEmpty)
        #expect(try forward("-J a,b -L 1:h:2 box").vias == ["a", "b"])
        #expect(try forward("-o ProxyJump=a -L 1:h:2 box").vias == ["a"])
        #expect(try forward("-J none -o ProxyJump=a -L 1:h:2 box").vias.isEmpty)
    }

    @Test("datagrams have a time to be idle")
    func idleTime() throws {
        #expect(try forward("-L 1:h:2/udp box").transport.udpTimeout == nil)
        let options = try forward("-o UdpTimeout=90 -L 1:h:2/udp box")
        #expect(options.transport.datagramLimits.idleTime == .seconds(90))
    }

    @Test("-W goes alone, and says what it drops")
    func standardStreams() throws {
        let invocation = try invocation("-L 1:h:2 -W h:22 box")
        guard case .forward(let options) = invocation.command else {
            Issue.record("-W is a forward")
            return
        }

        #expect(options.forwards.map(\.kind) == [.standardStreams])
        #expect(invocation.warnings == ["-L 1:h:2 is dropped: -W goes alone"])
    }

    @Test(
        "mistakes are refused with exit code 2 and a reason",
        arguments: [
            ("-4 -6 -L 1:h:2 box", "only one of them"), ("-b x -L 1:h:2 box", "not an address"),
            ("-6 -b 192.0.2.1 -L 1:h:2 box", "-4 or -6 excludes"), ("-t -L 1:h:2 box", "terminal"),
            ("-i key -L 1:h:2 box", "not by key files"), ("-p 22 box", "no port to set"),
            ("-C -L 1:h:2 box", "nothing is compressed"), ("-O check box", "no meaning here"),
            ("-o HostName=h -L 1:h:2 box", "found by its name"),
            ("-o User=u -L 1:h:2 box", "there are no users"),
            ("-o IdentityFile=f -L 1:h:2 box", "not by key files"),
            ("-o StrictHostKeyChecking=no -L 1:h:2 box", "pair first"),
            ("-o GatewayPort=yes -L 1:h:2 box", "did you mean 'GatewayPorts'?"),
            ("-o StreamLocalBindMask=0888 -L 1:h:2 box", "no value of it"),
            ("-o ServerAliveCountMax=0 -L 1:h:2 box", "1-1000"),
            ("-o PermitRemoteOpen=a -L 1:h:2 box", "the port is missing"),
            ("-o LocalForward=1_h:2_x box", "one word too many"),
            ("-o LocalForward=1 box", "Bad local forwarding specification"),
            ("-o # -L 1:h:2 box", "sets nothing"), ("-f -o Hold=_ -L 1:h:2 box", "no value"),
            ("serve -o LocalForward=1_h:2", "does not go with 'serve'"),
            ("-L 1-2:h:3 box", "2 to listen on, but 1 to go to"),
            ("-L 1:h:2 -o LocalForward=1_g:3 box", "-o LocalForward: '1:g:3' listens where"),
            ("-J a,,b -L 1:h:2 box", "'' is not the name of a peer"),
            ("-J a,box -L 1:h:2 box", "stands twice"), ("-J 1.2:3 -L 1:h:2 box", "'1.2:3'"),
            ("-J a,b,c,d,e -L 1:h:2 box", "more than 4"),
            ("-o UdpTimeout=soon -L 1:h:2 box", "no value of it"),
            ("-L /run/%q:h:1 box", "no token"),
        ])
    func mistakes(line: String, expected: String) {
        let error = error(line)

        #expect(error?.exitCode == .usage)
        #expect(error?.description.contains(expected) == true, "\(error?.description ?? "none")")
    }

    @Test("every setting is known by its name, has values and a summary")
    func keys() throws {
        guard case .help(let text) = try invocation("help settings").command else {
            Issue.record("no help")
            return
        }

        for key in SettingKey.allCases {
            #expect(SettingKey(key: key.rawValue.uppercased()) == key)
            #expect(RefusedSetting.reason(for: key.rawValue) == nil)
            #expect(text.contains("  \(key.rawValue) "))
        }
    }

    @Test("a line that is not understood may ask for ssh's exit code")
    func exitCodes() {
        #expect(InvocationBuilder.asksForSSHExitCodes(["-o", "SshExitCodes=yes", "--nonsense"]))
        #expect(InvocationBuilder.asksForSSHExitCodes(["-osshexitcodes=YES"]))
        #expect(!InvocationBuilder.asksForSSHExitCodes(["-o", "SshExitCodes=no"]))
    }
}
