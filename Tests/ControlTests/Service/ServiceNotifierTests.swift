import Glibc
import SRMUDP
import Testing

@testable import Control

@Suite struct ServiceNotifierTests {
    /// The other end: a datagram socket in a folder of its own, or with an abstract name.
    private final class Manager {
        let name: String
        private let number: Int32
        private let temporary = TemporaryHome()

        init(isAbstract: Bool = false) throws {
            let path = try temporary.prepared().state + "/notify"
            name = isAbstract ? "@" + path : path
            number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
            try #require(number >= 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if isAbstract { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(2 + bytes.count + (isAbstract ? 0 : 1))
            let result = withUnsafePointer(to: address) { address in
                address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(number, $0, length)
                }
            }
            try #require(result == 0)
        }

        deinit { close(number) }

        /// The next message; nil if none has come.
        func next() -> String? {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = recv(number, &bytes, bytes.count, 0)
            return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }

    private func notifier(_ variables: [String: String]) -> ServiceNotifier? {
        ServiceNotifier(variable: { variables[$0] }, logger: .silent)
    }

    @Test("nobody is told anything without NOTIFY_SOCKET, or with one of an unknown kind")
    func nobody() {
        #expect(notifier([:]) == nil)
        #expect(notifier(["NOTIFY_SOCKET": ""]) == nil)
        #expect(notifier(["NOTIFY_SOCKET": "vsock:2:1"]) == nil)
        #expect(notifier(["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 200)]) == nil)
    }

    @Test("the life of a service is told in order", arguments: [false, true])
    func life(isAbstract: Bool) throws {
        let manager = try Manager(isAbstract: isAbstract)
        let service = try #require(notifier(["NOTIFY_SOCKET": manager.name]))
        let loop = try EventLoop()
        service.begin(on: loop) { "all is well" }
        #expect(manager.next() == "READY=1\nSTATUS=all is well")

        service.reloading()
        let message = try #require(manager.next())
        let lines = message.split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let time = try #require(lines.dropFirst().first)
        #expect(time.hasPrefix("MONOTONIC_USEC="))
        #expect(Int64(time.dropFirst("MONOTONIC_USEC=".count)) ?? 0 > 0)
        service.reloaded()
        #expect(manager.next() == "READY=1\nSTATUS=all is well")

        service.stopping()
        service.stopping()
        #expect(manager.next() == "STOPPING=1\nSTATUS=ending")
        service.reloading()
        service.reloaded()
        #expect(manager.next() == nil)
    }

    @Test("a manager that is gone keeps nothing from going on")
    func gone() throws {
        let loop = try EventLoop()
        let service = try #require(notifier(["NOTIFY_SOCKET": "/nowhere/notify"]))

        service.begin(on: loop) { "" }
        service.stopping()
    }

    @Test("a sign of life is given in half the time")
    func watchdog() {
        func interval(_ variables: [String: String]) -> Interval? {
            ServiceNotifier.watchdogInterval({ variables[$0] }, processID: 12)
        }
        #expect(interval(["WATCHDOG_USEC": "30000000"]) == .seconds(15))
        #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "12"]) == .seconds(15))
        #expect(interval(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "13"]) == nil)
        #expect(interval([:]) == nil)
        #expect(interval(["WATCHDOG_USEC": "1"]) == .milliseconds(1))
        for text in ["", "0", "-1", "x", "9223372036854775807"] {
            #expect(interval(["WATCHDOG_USEC": text]) == nil)
        }
    }
}
