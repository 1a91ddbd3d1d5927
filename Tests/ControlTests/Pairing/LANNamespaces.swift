import Foundation

/// Two network namespaces, joined by a bridge in a third. They vanish with `remove`.
struct LANNamespaces {
    enum Family: String, CaseIterable, Sendable {
        case ipv4
        case ipv6
    }

    private let names: [String]

    /// Nil where they cannot be made.
    init?(family: Family) {
        let tag = "p2pfwd-lan-\(getpid())-\(family)"
        names = ["a", "b", "bridge"].map { "\(tag)-\($0)" }
        guard geteuid() == 0, names.allSatisfy({ Self.ip("netns", "add", $0) }) else {
            remove()
            return nil
        }
        guard build(family) else {
            remove()
            return nil
        }
    }

    func remove() {
        for name in names { _ = Self.ip("netns", "del", name) }
    }

    /// Runs `body` with this thread in the namespace of that number.
    func inside<Result>(_ number: Int, _ body: () throws -> Result) throws -> Result {
        let own = open("/proc/thread-self/ns/net", O_RDONLY)
        let other = open("/var/run/netns/\(names[number])", O_RDONLY)
        defer {
            close(own)
            close(other)
        }
        try Self.enter(other)
        defer { do { try Self.enter(own) } catch { preconditionFailure("no way back: \(error)") } }
        return try body()
    }

    private func build(_ family: Family) -> Bool {
        let bridge = names[2]
        var isBuilt =
            Self.ip("-n", bridge, "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
            && Self.ip("-n", bridge, "link", "set", "br0", "up")
        for (number, name) in names.prefix(2).enumerated() {
            let port = "port\(number)"
            isBuilt =
                isBuilt
                && Self.ip(
                    "-n", name, "link", "add", "eth0", "type", "veth", "peer", "name", port,
                    "netns", bridge)
                && Self.ip("-n", bridge, "link", "set", port, "master", "br0", "up")
            // Addresses of one family only, so that this one has to do.
            switch family {
            case .ipv4:
                isBuilt =
                    isBuilt && Self.ip("-n", name, "link", "set", "eth0", "addrgenmode", "none")
                    && Self.ip("-n", name, "addr", "add", "10.77.9.\(number + 1)/24", "dev", "eth0")
            case .ipv6:
                isBuilt =
                    isBuilt
                    && Self.ip(
                        "-n", name, "addr", "add", "fe80::\(number + 1)/64", "dev", "eth0", "nodad")
            }
            isBuilt = isBuilt && Self.ip("-n", name, "link", "set", "eth0", "up")
        }
        return isBuilt
    }

    private static func ip(_ words: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["ip"] + words
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    private struct NoEntry: Error {}

    /// Glibc's module lacks setns, which is GNU's own.
    private static func enter(_ descriptor: Int32) throws {
        typealias Function = @convention(c) (Int32, Int32) -> Int32
        guard descriptor >= 0, let symbol = dlsym(nil, "setns"),
            unsafeBitCast(symbol, to: Function.self)(descriptor, 0) == 0
        else { throw NoEntry() }
    }
}
