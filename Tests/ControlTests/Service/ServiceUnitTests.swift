import Testing

@testable import Control

@Suite struct ServiceUnitTests {
    private func unit(
        _ scope: ServiceUnit.Scope, _ role: ServiceUnit.Role = .serve, home: String? = nil,
        _ options: [String] = []
    ) -> [String] {
        ServiceUnit(
            scope: scope, role: role, program: "/opt/p2pfwd", home: home, options: options
        ).text.split(separator: "\n").map(String.init)
    }

    @Test("every unit tells when it is ready, is watched, and can be reloaded")
    func common() {
        for lines in [unit(.user), unit(.system), unit(.system, .rendezvous)] {
            for line in [
                "Type=notify", "WatchdogSec=30", "TimeoutAbortSec=10", "Restart=on-failure",
                "ExecReload=/bin/kill -HUP $MAINPID", "NoNewPrivileges=yes",
            ] {
                #expect(lines.contains(line))
            }
        }
    }

    @Test("a user's unit leaves alone what only the system can give")
    func user() {
        let lines = unit(.user, home: nil, ["--permit", "localhost:80"])

        #expect(lines.contains("ExecStart=/opt/p2pfwd serve --permit localhost:80"))
        #expect(lines.contains("WantedBy=default.target"))
        #expect(!lines.contains { $0.hasPrefix("User=") || $0.hasPrefix("Protect") })
        #expect(!lines.contains { $0.contains("network-online") })
    }

    @Test("a unit of the system has a user and a home that are its own")
    func system() {
        let lines = unit(.system)

        #expect(lines.contains("ExecStart=/opt/p2pfwd --home %S/p2pfwd serve"))
        #expect(lines.contains("User=p2pfwd"))
        #expect(lines.contains("StateDirectoryMode=0700"))
        #expect(unit(.system, .rendezvous).contains("DynamicUser=yes"))
        #expect(unit(.system, home: "/srv/x").contains("ExecStart=/opt/p2pfwd --home /srv/x serve"))
    }

    @Test(
        "words mean themselves to systemd",
        arguments: [
            ("localhost:80", "localhost:80"), ("10.0.0.0/8:*", "10.0.0.0/8:*"), ("", "\"\""),
            ("100%", "100%%"), ("$HOME", "$$HOME"), ("a b", "\"a b\""), (";", "\";\""),
            (#"say "x\""#, #""say \"x\\\"""#), ("a\nb", "\"a\\x0ab\""), ("a'b", "\"a'b\""),
            ("Grüße", "Grüße"),
        ])
    func quoted(word: String, expected: String) {
        #expect(ServiceUnit.quoted(word) == expected)
    }

    @Test("variables have no meaning in the program's path")
    func program() {
        #expect(ServiceUnit.quoted("/opt/$x/p", isProgram: true) == "/opt/$x/p")
    }
}
