internal import Glibc

/// `p2pfwd service`: writes, removes and shows the unit with which systemd runs this program.
struct ServiceCommand {
    let options: ServiceOptions
    /// The path of this program.
    let program: String
    let systemControl: SystemControl
    /// Looks an environment variable up.
    let variable: (String) -> String?
    let isRoot: Bool
    /// Whether the machine knows a user of this name.
    let hasUser: (String) -> Bool
    let output: (String) -> Void

    func run() throws(CommandError) -> ExitCode {
        switch options.action {
        case .print:
            output(String(unit.text.dropLast()))
            return .success
        case .install: return try install()
        case .uninstall: return try uninstall()
        case .status: return try status()
        }
    }

    private var unit: ServiceUnit {
        ServiceUnit(
            scope: options.scope, role: options.role, program: program, home: options.home,
            options: options.options)
    }

    private var unitName: String { options.role.unitName }

    private var path: String {
        get throws(CommandError) { try folder + "/" + unitName }
    }

    private var folder: String {
        get throws(CommandError) {
            guard options.scope == .user else { return "/etc/systemd/system" }
            if let path = variable("XDG_CONFIG_HOME"), path.hasPrefix("/") {
                return path + "/systemd/user"
            }
            guard let home = variable("HOME"), home.hasPrefix("/") else {
                throw CommandError("service", "$HOME does not name a directory", .usage)
            }
            return home + "/.config/systemd/user"
        }
    }

    // MARK: Install

    private func install() throws(CommandError) -> ExitCode {
        try checkRights()
        try checkSystem()
        let path = try path
        let isNew = try write(unit.text, to: path)
        output(isNew ? "wrote \(path)" : "\(path) is as it should be")
        guard systemControl.isThere else {
            output("systemctl is not there; where it is, run:")
            for words in enabling { output("  " + systemControl.text(options.scope, words)) }
            return .success
        }
        for words in enabling { try perform(words) }
        if options.scope == .user {
            output("it ends with your last session; so that it runs from boot on:")
            output("  loginctl enable-linger")
        }
        output("messages: journalctl\(options.scope == .user ? " --user" : "") -u \(unitName)")
        return .success
    }

    /// A service that runs already is started anew, so that it takes new options over.
    private var enabling: [[String]] {
        [["daemon-reload"], ["enable", unitName], ["restart", unitName]]
    }

    private func checkRights() throws(CommandError) {
        guard options.scope == .system, !isRoot else { return }
        throw CommandError(
            "service", "units of the system are root's",
            hint: "run it with sudo, or use --user", .refused)
    }

    /// What would keep the unit of the system from starting.
    private func checkSystem() throws(CommandError) {
        guard options.scope == .system else { return }
        if let folder = ["/home/", "/root/", "/run/user/"].first(where: program.hasPrefix) {
            throw CommandError(
                "service", "services of the system do not see \(folder), where this program is",
                hint: "make install, then /usr/local/bin/p2pfwd service install --system",
                .refused)
        }
        let user = ServiceUnit.systemUser
        guard options.role == .serve, !hasUser(user) else { return }
        throw CommandError(
            "service", "there is no user '\(user)' for it to run as",
            hint: "useradd --system --home-dir \(ServiceUnit.systemHome) "
                + "--shell /usr/sbin/nologin \(user)", .failure)
    }

    /// - Returns: false if it is there already.
    private func write(_ text: String, to path: String) throws(CommandError) -> Bool {
        let bytes = Array(text.utf8)
        do throws(FileError) {
            let file = DurableFile(path: path)
            let old = try file.read(for: .anybody)
            if old == bytes { return false }
            guard old == nil || options.isForced else { throw .exists(path: path) }
            try HomeDirectory.makeParents(of: path)
            try file.replace(with: bytes)
            // systemd tells everybody what is in its units, and complains about hidden ones.
            guard chmod(path, 0o644) == 0 else {
                throw .system(path: path, call: "chmod", errno: errno)
            }
            return true
        } catch {
            if case .exists = error {
                throw CommandError(
                    "service", "\(path): it exists already, with other content",
                    hint: "p2pfwd service print shows the new one; --force overwrites it",
                    .failure)
            }
            throw CommandError("service", error)
        }
    }

    // MARK: The others

    private func uninstall() throws(CommandError) -> ExitCode {
        try checkRights()
        let path = try path
        guard access(path, F_OK) == 0 else {
            throw CommandError("service", "\(path): it is not there", .failure)
        }
        if systemControl.isThere { try perform(["disable", "--now", unitName]) }
        guard unlink(path) == 0 else {
            throw CommandError(
                "service", .system(path: path, call: "unlink", errno: errno))
        }
        output("removed \(path); keys and peers are kept")
        if systemControl.isThere { try perform(["daemon-reload"]) }
        return .success
    }

    private func status() throws(CommandError) -> ExitCode {
        let path = try path
        guard access(path, F_OK) == 0 else {
            throw CommandError(
                "service", "\(path): it is not there", hint: "p2pfwd service install", .failure)
        }
        output("installed as \(path)")
        guard systemControl.isThere else {
            throw CommandError("service", "systemctl is not there to be asked", .failure)
        }
        let code = try systemControl.run(
            options.scope, ["status", "--no-pager", "--lines=5", unitName])
        return code == 0 ? .success : .failure
    }

    private func perform(_ words: [String]) throws(CommandError) {
        let text = systemControl.text(options.scope, words)
        let code = try systemControl.run(options.scope, words)
        guard code == 0 else {
            throw CommandError("service", "'\(text)' ended with \(code)", .failure)
        }
        output("did: \(text)")
    }
}
