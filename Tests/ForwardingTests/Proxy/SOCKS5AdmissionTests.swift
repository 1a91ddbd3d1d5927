import Forwarding
import SRMUDP
import Testing

@Suite struct SOCKS5AdmissionTests {
    private static let plain: [UInt8] = [5, 1, 0]

    private static func connect(_ address: [UInt8], port: UInt16 = 443) -> [UInt8] {
        plain + [5, 1, 0] + address + [UInt8(port >> 8), UInt8(port & 0xff)]
    }

    private static func name(_ bytes: some Collection<UInt8>) -> [UInt8] {
        [3, UInt8(bytes.count)] + bytes
    }

    private static func target(_ trial: AdmissionTrial) -> String? {
        guard case .connect(let target, .socks5) = trial.request else { return nil }
        return "\(target)"
    }

    @Test("addresses of all kinds are taken, and names are left as they are")
    func addresses() {
        let long = String(repeating: "a", count: 255)
        let ipv6: [UInt8] = [4, 0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [1]
        let cases: [([UInt8], String)] = [
            ([1, 192, 0, 2, 7], "192.0.2.7:443"),
            (ipv6, "[2001:db8::1]:443"),
            (Self.name("example.org".utf8), "example.org:443"),
            (Self.name("localhost.".utf8), "localhost.:443"),
            (Self.name("xn--nxasmq6b-.org".utf8), "xn--nxasmq6b-.org:443"),
            // curl sends an address as a name.
            (Self.name("2001:db8::1".utf8), "[2001:db8::1]:443"),
            (Self.name("[2001:db8::1]".utf8), "[2001:db8::1]:443"),
            (Self.name("127.1".utf8), "127.1:443"),
            (Self.name(long.utf8), "\(long):443"),
        ]
        for (address, expected) in cases {
            let trial = AdmissionTrial(Self.connect(address))
            #expect(Self.target(trial) == expected)
            #expect(trial.answers == [5, 0])
            #expect(trial.rest.isEmpty)
        }
    }

    @Test("what follows the request is left for the stream, however it is cut", arguments: 1...40)
    func rest(pieceLength: Int) {
        let bytes = Self.connect(Self.name("example.org".utf8)) + [1, 2, 3]
        let trial = AdmissionTrial(bytes, pieceLength: pieceLength)

        #expect(Self.target(trial) == "example.org:443")
        #expect(trial.answers == [5, 0])
        #expect(trial.rest == [1, 2, 3])
    }

    @Test(
        "without a method that both have, no one goes on",
        arguments: [[5, 0], [5, 1, 2], [5, 2, 1, 3], [5, 1, 0xff]] as [[UInt8]])
    func methods(greeting: [UInt8]) {
        let trial = AdmissionTrial(greeting)

        #expect(trial.refusal?.answer == [5, 0xff])
        #expect(trial.answers.isEmpty)
    }

    @Test("255 methods are looked through")
    func manyMethods() {
        let methods = (1...254).map { UInt8($0) } + [0]

        #expect(AdmissionTrial([5, 255] + methods).answers == [5, 0])
    }

    @Test("with users, only a known pair is asked what it wants")
    func credentials() throws {
        let users = try ProxyUsers.samples
        let known: [UInt8] = [1, 3] + "ann".utf8 + [6] + "secret".utf8
        let request: [UInt8] = [5, 1, 0, 1, 192, 0, 2, 7, 0, 80]

        let admitted = AdmissionTrial([5, 2, 0, 2] + known + request, users: users)
        let without = AdmissionTrial(Self.plain, users: users)

        #expect(Self.target(admitted) == "192.0.2.7:80")
        #expect(admitted.answers == [5, 2, 1, 0])
        #expect(without.refusal == ProxyRefusal(.credentialsNeeded, answer: [5, 0xff]))
    }

    @Test("every way to be wrong about the password looks the same")
    func wrongCredentials() throws {
        let users = try ProxyUsers.samples
        let wrong: [[UInt8]] = [
            [1, 3] + "ann".utf8 + [6] + "secre!".utf8,
            [1, 3] + "eve".utf8 + [6] + "secret".utf8,
            [1, 0, 6] + "secret".utf8,
            [1, 3] + "ann".utf8 + [0],
            [5, 3] + "ann".utf8 + [6] + "secret".utf8,
        ]
        for bytes in wrong {
            let trial = AdmissionTrial([5, 1, 2] + bytes, users: users)
            #expect(trial.refusal == ProxyRefusal(.wrongCredentials, answer: [1, 1]))
            #expect(trial.answers == [5, 2])
            #expect(trial.request == nil)
        }
    }

    @Test(
        "a request that is not right gets the code that says so",
        arguments: [
            ([5, 2, 0, 1, 1, 2, 3, 4, 0, 80], 7), ([5, 9, 0, 1, 1, 2, 3, 4, 0, 80], 7),
            ([5, 1, 1, 1, 1, 2, 3, 4, 0, 80], 1), ([4, 1, 0, 1, 1, 2, 3, 4, 0, 80], 1),
            ([5, 1, 0, 2, 1, 2, 3, 4, 0, 80], 8), ([5, 1, 0, 0, 1, 2, 3, 4, 0, 80], 8),
            ([5, 1, 0, 1, 1, 2, 3, 4, 0, 0], 1), ([5, 1, 0, 3, 0, 0, 80], 1),
            ([5, 1, 0, 3, 3, 0x61, 0, 0x62, 0, 80], 1), ([5, 1, 0, 3, 1, 0x20, 0, 80], 1),
            ([5, 1, 0, 3, 2, 13, 10, 0, 80], 1), ([5, 1, 0, 3, 2, 0xc3, 0x28, 0, 80], 1),
        ] as [([UInt8], UInt8)])
    func refusals(request: [UInt8], code: UInt8) {
        let trial = AdmissionTrial(Self.plain + request)

        #expect(trial.refusal?.answer == [5, code, 0, 1, 0, 0, 0, 0, 0, 0])
        #expect(trial.answers == [5, 0])
    }

    @Test("UDP ASSOCIATE says where the datagrams will come from, if it says so")
    func associate() {
        let known = AdmissionTrial(Self.plain + [5, 3, 0, 1, 192, 0, 2, 7, 0, 80])
        let unknown = AdmissionTrial(Self.plain + [5, 3, 0, 1, 0, 0, 0, 0, 0, 0])
        let named = AdmissionTrial(Self.plain + [5, 3, 0] + Self.name("a".utf8) + [0, 0])

        let address = IPAddress(ipv4: 0xc000_0207)
        #expect(known.request == .associate(from: SocketAddress(address, port: 80)))
        #expect(unknown.request == .associate(from: SocketAddress(.anyIPv4, port: 0)))
        #expect(named.request == .associate(from: SocketAddress(.anyIPv4, port: 0)))
    }

    @Test("a reply carries an address of either family")
    func replies() {
        let ipv6 = IPAddress(high: 0x2001_0db8_0000_0000, low: 1)
        let reply = SOCKS5Admission.reply(0, address: SocketAddress(ipv6, port: 258))
        let zeros = [UInt8](repeating: 0, count: 11)

        #expect(reply == [5, 0, 0, 4, 0x20, 1, 0x0d, 0xb8] + zeros + [1, 1, 2])
    }
}
