/// A unit of systemd that runs a command of this program: all there is to say, and its text.
///
/// The files in `packaging/systemd` are made from it, and `p2pfwd service` writes it with the path
/// and the options of the user.
package struct ServiceUnit: Equatable, Sendable {
    /// Whose service manager runs it.
    package enum Scope: String, Equatable, Sendable {
        case user
        case system
    }

    /// What runs.
    package enum Role: String, Equatable, Sendable {
        case serve
        case rendezvous

        package var unitName: String {
            switch self {
            case .serve: "p2pfwd.service"
            case .rendezvous: "p2pfwd-rendezvous.service"
            }
        }

        var summary: String {
            switch self {
            case .serve: "TCP and UDP forwarding between peers (p2pfwd)"
            case .rendezvous: "Server through which peers of p2pfwd meet"
            }
        }
    }

    /// The user whom the node of the machine belongs to.
    static let systemUser = "p2pfwd"
    static let systemHome = "/var/lib/p2pfwd"

    package var scope: Scope
    package var role: Role
    /// The path of the program.
    package var program: String
    /// Nil: the usual one of the scope.
    package var home: String?
    /// Those of the command.
    package var options: [String]

    package init(
        scope: Scope, role: Role, program: String, home: String? = nil, options: [String] = []
    ) {
        self.scope = scope
        self.role = role
        self.program = program
        self.home = home
        self.options = options
    }

    /// The file's text, ended by a line feed.
    package var text: String {
        var lines = [
            "[Unit]", "Description=\(role.summary)", "Documentation=man:p2pfwd(1)",
        ]
        if scope == .system {
            // A user's manager knows nothing of the network's target.
            lines += ["Wants=network-online.target", "After=network-online.target"]
        }
        lines += [
            "", "[Service]", "Type=notify", "ExecStart=\(commandLine)",
            "ExecReload=/bin/kill -HUP $MAINPID", "WatchdogSec=30",
            // Whoever looks into a crash for longer than that, as Swift's runtime may, is ended too.
            "TimeoutAbortSec=10", "Restart=on-failure", "RestartSec=2",
            // A mistake on the command line or in a file stays one.
            "RestartPreventExitStatus=\(ExitCode.usage.rawValue)",
        ]
        lines += identity + hardening
        let target = scope == .user ? "default.target" : "multi-user.target"
        return (lines + ["", "[Install]", "WantedBy=\(target)", ""]).joined(separator: "\n")
    }

    private var commandLine: String {
        var words = [Self.quoted(program, isProgram: true)]
        switch (home, scope) {
        case (let home?, _): words += ["--home", Self.quoted(home)]
        case (nil, .system): words += ["--home", "%S/\(stateDirectory)"]
        case (nil, .user): break
        }
        return (words + [role.rawValue] + options.map { Self.quoted($0) }).joined(separator: " ")
    }

    private var stateDirectory: String {
        switch role {
        case .serve: Self.systemUser
        case .rendezvous: "p2pfwd-rendezvous"
        }
    }

    private var identity: [String] {
        guard scope == .system else { return [] }
        let state = ["StateDirectory=\(stateDirectory)", "StateDirectoryMode=0700"]
        switch role {
        // A user that stays, so that `sudo -u p2pfwd p2pfwd --home /var/lib/p2pfwd pair` works.
        case .serve: return ["User=\(Self.systemUser)"] + state
        case .rendezvous: return ["DynamicUser=yes"] + state
        }
    }

    /// What works in a user's manager too, and what only that of the system can give.
    private var hardening: [String] {
        let everywhere = [
            "NoNewPrivileges=yes", "LockPersonality=yes", "RestrictRealtime=yes",
            "RestrictSUIDSGID=yes", "SystemCallArchitectures=native", "UMask=0077",
        ]
        guard scope == .system else { return everywhere }
        return everywhere + [
            "CapabilityBoundingSet=", "DevicePolicy=closed", "MemoryDenyWriteExecute=yes",
            "PrivateDevices=yes", "PrivateTmp=yes", "ProtectClock=yes", "ProtectControlGroups=yes",
            "ProtectHome=yes", "ProtectHostname=yes", "ProtectKernelLogs=yes",
            "ProtectKernelModules=yes", "ProtectKernelTunables=yes", "ProtectProc=invisible",
            "ProtectSystem=strict",
            // Netlink tells the addresses of the machine.
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
            "RestrictNamespaces=yes", "SystemCallFilter=@system-service",
        ]
    }

    /// A word as systemd.service(5) reads it: `%` and `$` mean themselves, and what could end the
    /// word is between quotes.
    ///
    /// - Parameter isProgram: whether it is the first word, in which `$` has no meaning.
    static func quoted(_ word: String, isProgram: Bool = false) -> String {
        var result = ""
        var isPlain = !word.isEmpty
        for scalar in word.unicodeScalars {
            switch scalar {
            case "%": result += "%%"
            case "$": result += isProgram ? "$" : "$$"
            case "\"", "\\":
                isPlain = false
                result += "\\\(scalar)"
            case _ where scalar.value < 0x20 || scalar.value == 0x7f:
                isPlain = false
                let digits = String(scalar.value, radix: 16)
                result += "\\x" + (digits.count == 1 ? "0" : "") + digits
            case _:
                if !scalar.isPlainInUnit { isPlain = false }
                result.unicodeScalars.append(scalar)
            }
        }
        return isPlain ? result : "\"\(result)\""
    }
}

extension Unicode.Scalar {
    /// Whether it means itself outside quotes.
    fileprivate var isPlainInUnit: Bool {
        properties.isAlphabetic || ("0"..."9").contains(self)
            || "-_./:=,@+*[]".unicodeScalars.contains(self)
    }
}
