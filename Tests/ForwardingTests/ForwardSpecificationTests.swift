import SRMUDP
import TestSupport
import Testing

@testable import Forwarding

@Suite struct ForwardSpecificationTests {
    private let parser = ForwardParser(
        variables: { $0 == "PORT" ? "8080" : nil }, services: { $0 == "http-alt" ? 8080 : nil },
        tokens: { ["h": "homebox", "%": "%"][$0] })

    private func parse(
        _ kind: ForwardSpecification.Kind, _ text: String
    ) throws -> ForwardSpecification {
        let forwards = try parser.parse(kind, text)
        return try #require(forwards.count == 1 ? forwards.first : nil)
    }

    private func reason(
        _ kind: ForwardSpecification.Kind, _ text: String
    ) -> ForwardSpecificationError.Reason? {
        do {
            _ = try parse(kind, text)
            return nil
        } catch {
            return (error as? ForwardSpecificationError)?.reason
        }
    }

    private static let loopbackIPv4 = ForwardSpecification.BindAddress.address(.loopbackIPv4)
    private static let loopbackIPv6 = ForwardSpecification.BindAddress.address(.loopbackIPv6)

    @Test(
        "ssh's local specifications mean what they mean to ssh",
        arguments: [
            ("8080:localhost:80", .port(.loopback, 8080), .host("localhost", 80)),
            ("localhost:8080:h:80", .port(.loopback, 8080), .host("h", 80)),
            ("LOCALHOST:8080:h:80", .port(.loopback, 8080), .host("h", 80)),
            ("127.0.0.1:8080:h:80", .port(loopbackIPv4, 8080), .host("h", 80)),
            ("[::1]:8080:h:80", .port(loopbackIPv6, 8080), .host("h", 80)),
            ("*:8080:h:80", .port(.all, 8080), .host("h", 80)),
            (":8080:h:80", .port(.all, 8080), .host("h", 80)),
            ("lan.example:8080:h:80", .port(.name("lan.example"), 8080), .host("h", 80)),
            ("8080:[::1]:22", .port(.loopback, 8080), .host("::1", 22)),
            ("[::1]:8080:[2001:db8::1]:22", .port(loopbackIPv6, 8080), .host("2001:db8::1", 22)),
            ("0:h:80", .port(.loopback, 0), .host("h", 80)),
            ("65535:h:65535", .port(.loopback, 65535), .host("h", 65535)),
            ("0080:h:80", .port(.loopback, 80), .host("h", 80)),
            ("http-alt:h:http-alt", .port(.loopback, 8080), .host("h", 8080)),
            ("${PORT}:h:80", .port(.loopback, 8080), .host("h", 80)),
            (" \t8080:h:80", .port(.loopback, 8080), .host("h", 80)),
            ("8080:h:80:", .port(.loopback, 8080), .host("h", 80)),
            ("8080:a\\:b:80", .port(.loopback, 8080), .host("a:b", 80)),
            ("/run/a:/run/b", .path("/run/a"), .path("/run/b")),
            ("8080:/run/b", .port(.loopback, 8080), .path("/run/b")),
            ("/run/a:h:80", .path("/run/a"), .host("h", 80)),
            ("*:8080:/run/b", .port(.all, 8080), .path("/run/b")),
            ("8080:[/run/a:b]", .port(.loopback, 8080), .path("/run/a:b")),
            ("./a\\:b:h:80", .path("./a:b"), .host("h", 80)),
        ]
            as [(String, ForwardSpecification.Entry, ForwardSpecification.Destination)])
    func local(
        text: String, entry: ForwardSpecification.Entry,
        destination: ForwardSpecification.Destination
    ) throws {
        let forward = try parse(.local, text)

        #expect(forward.entry == entry)
        #expect(forward.destination == destination)
        #expect(try parse(.local, "\(forward)") == forward)
    }

    @Test(
        "a local specification that ssh refuses is refused with its reason",
        arguments: [
            ("", .wrongFields), ("8080", .wrongFields), ("8080:h", .wrongFields),
            ("8080:localhost:", .wrongFields),
            ("8080:::1:22", .tooManyFields), ("a:1:b:2:c", .tooManyFields),
            ("1:2:3:4:5:6", .tooManyFields),
            ("65536:h:80", .badListenPort("65536")), ("-1:h:80", .badListenPort("-1")),
            ("080x:h:80", .badListenPort("080x")), (" :h:80", .badListenPort("")),
            ("+1:h:80", .badListenPort("+1")), ("1 :h:80", .badListenPort("1 ")),
            ("99999999999999999999:h:80", .badListenPort("99999999999999999999")),
            ("1:h:0", .badDestinationPort("0")), ("1:h:65536", .badDestinationPort("65536")),
            ("1:h:x", .badDestinationPort("x")), ("1:h:-1", .badDestinationPort("-1")),
            ("1::80", .badHost("")), ("1:-oProxyCommand=x:80", .badHost("-oProxyCommand=x")),
            ("1:a\nb:80", .badHost("a\nb")), ("1:a\0b:80", .badHost("a\0b")),
            ("1:a b:80", .badHost("a b")), ("x:1:-h:80", .badHost("-h")),
            ("-x:1:h:80", .badHost("-x")), ("x/y:1:h:80", .badHost("x/y")),
            ("[::1:80:h:80", .unfinishedBracket), ("[::1]x:80:h:80", .unfinishedBracket),
            ("8080:h:80\\", .unfinishedEscape), ("${PORT:h:80", .unfinishedVariable),
            ("${NO}:h:80", .unknownVariable("NO")),
            ("/" + String(repeating: "a", count: 107) + ":h:80", .pathTooLong),
        ] as [(String, ForwardSpecificationError.Reason)])
    func refusedLocal(text: String, expected: ForwardSpecificationError.Reason) {
        #expect(reason(.local, text) == expected)
    }

    @Test(
        "a range of ports stands for as many forwards",
        arguments: [
            (.local, "8000-8002:h:9000-9002", ["8000:h:9000", "8001:h:9001", "8002:h:9002"]),
            (.local, "*:1-2:h:8-9", ["*:1:h:8", "*:2:h:9"]), (.local, "5-5:h:6", ["5:h:6"]),
            (.remote, "[::1]:1-2:h:8-9", ["[::1]:1:h:8", "[::1]:2:h:9"]),
            (.dynamic, "1080-1081", ["1080", "1081"]),
            (.local, "53-54:h:53-54/udp", ["53:h:53/udp", "54:h:54/udp"]),
        ] as [(ForwardSpecification.Kind, String, [String])])
    func ranges(kind: ForwardSpecification.Kind, text: String, expected: [String]) throws {
        #expect(try parser.parse(kind, text).map(\.description) == expected)
    }

    @Test(
        "a range that fits nowhere is refused",
        arguments: [
            (.local, "1-3:h:1-2", .unequalRanges(3, 2)), (.local, "1-2:h:1", .unequalRanges(2, 1)),
            (.local, "1:h:1-2", .unequalRanges(1, 2)), (.local, "1-2:/x", .unequalRanges(2, 1)),
            (.local, "/x:h:1-2", .unequalRanges(1, 2)), (.local, "2-1:h:1", .badListenPort("2-1")),
            (.local, "0-1:h:1-2", .badListenPort("0-1")),
            (.local, "1-2:h:0-1", .badDestinationPort("0-1")),
            (.local, "1-2-3:h:1", .badListenPort("1-2-3")),
            (.local, "1-65536:h:1", .badListenPort("1-65536")),
            (.local, "1-1001:h:1-1001", .rangeTooLong("1-1001")),
            (.dynamic, "1-65535", .rangeTooLong("1-65535")),
            (.standardStreams, "h:1-2", .unequalRanges(1, 2)),
        ]
            as [(ForwardSpecification.Kind, String, ForwardSpecificationError.Reason)])
    func refusedRanges(
        kind: ForwardSpecification.Kind, text: String, expected: ForwardSpecificationError.Reason
    ) {
        #expect(reason(kind, text) == expected)
    }

    @Test("the longest range is taken")
    func longestRange() throws {
        #expect(try parser.parse(.local, "1-1000:h:2001-3000").count == 1_000)
    }

    @Test("datagrams are asked for in front or behind")
    func transports() throws {
        #expect(try parse(.local, "53:h:53").transport == .tcp)
        #expect(try parse(.local, "53:h:53/udp").transport == .udp)
        #expect(try parse(.local, "udp/53:h:53").transport == .udp)
        #expect(try parse(.local, "udp/*:53:[::1]:53/udp").transport == .udp)
        #expect(try parse(.remote, "53:h:http-alt/udp").transport == .udp)
        #expect(try parse(.local, "tcp/53:h:53/tcp").transport == .tcp)
        #expect(try parse(.local, "53:/run/udp").destination == .path("/run/udp"))
        #expect(try parse(.local, "53:x/udp").destination == .path("x/udp"))
        #expect(reason(.local, "tcp/53:h:53/udp") == .contradictingProtocols)
        #expect(reason(.local, "udp/53:/run/x") == .noDatagrams)
        #expect(reason(.local, "udp//run/x:h:53") == .noDatagrams)
        #expect(reason(.dynamic, "1080/udp") == .noDatagrams)
        #expect(reason(.standardStreams, "h:53/udp") == .noDatagrams)
    }

    @Test("tokens are replaced in paths, and only there")
    func tokens() throws {
        #expect(try parse(.local, "/run/%h.s:/x/%%").entry == .path("/run/homebox.s"))
        #expect(try parse(.local, "/run/%h.s:/x/%%").destination == .path("/x/%"))
        #expect(try parse(.local, "1:%h:80").destination == .host("%h", 80))
        #expect(reason(.local, "/run/%z:h:80") == .unknownToken("%z"))
        #expect(reason(.local, "8080:/run/%") == .unknownToken("%"))
    }

    @Test("a bind address that is not written is what the parser is told, on this side only")
    func gateway() throws {
        let parser = ForwardParser(
            variables: { _ in nil }, services: { _ in nil }, defaultBindAddress: .all)

        #expect(try parser.parse(.local, "1:h:1")[0].entry == .port(.all, 1))
        #expect(try parser.parse(.local, "1:/x")[0].entry == .port(.all, 1))
        #expect(try parser.parse(.dynamic, "1")[0].entry == .port(.all, 1))
        #expect(try parser.parse(.local, "localhost:1:h:1")[0].entry == .port(.loopback, 1))
        #expect(try parser.parse(.remote, "1:h:1")[0].entry == .port(.loopback, 1))
        #expect(try parser.parse(.remote, "1")[0].entry == .port(.loopback, 1))
    }

    @Test("a host of 255 bytes is taken and one of 300 is not")
    func longHosts() throws {
        let longest = String(repeating: "a", count: 255)
        let tooLong = String(repeating: "a", count: 300)

        #expect(try parse(.local, "1:\(longest):2").destination == .host(longest, 2))
        #expect(reason(.local, "1:\(tooLong):2") == .badHost(tooLong))
    }

    @Test(
        "dynamic specifications take a port, a bind address or a path",
        arguments: [
            ("1080", .port(.loopback, 1080)), ("0", .port(.loopback, 0)),
            ("*:1080", .port(.all, 1080)), (":1080", .port(.all, 1080)),
            ("[::1]:1080", .port(loopbackIPv6, 1080)), ("/run/socks", .path("/run/socks")),
        ] as [(String, ForwardSpecification.Entry)])
    func dynamic(text: String, entry: ForwardSpecification.Entry) throws {
        let forward = try parse(.dynamic, text)

        #expect(forward.entry == entry)
        #expect(forward.destination == .socks)
        #expect(try parse(.remote, text).destination == .socks)
    }

    @Test("a remote specification is read as a full one first")
    func remote() throws {
        #expect(try parse(.remote, "80:h:8080").destination == .host("h", 8080))
        #expect(try parse(.remote, "80:/run/x").destination == .path("/run/x"))
        #expect(try parse(.remote, "/run/x:/run/y").entry == .path("/run/x"))
        #expect(reason(.remote, "1:2:3:4:5") == .tooManyFields)
        #expect(reason(.dynamic, "1:2:3") == .tooManyFields)
        #expect(reason(.dynamic, "") == .wrongFields)
    }

    @Test("standard streams take a host and a port, or a path")
    func standardStreams() throws {
        #expect(try parse(.standardStreams, "h:22").destination == .host("h", 22))
        #expect(try parse(.standardStreams, "/run/x").destination == .path("/run/x"))
        #expect(reason(.standardStreams, "h") == .wrongFields)
        #expect(reason(.standardStreams, "h:0") == .badDestinationPort("0"))
        #expect(reason(.standardStreams, "a:b:c") == .tooManyFields)
    }

    @Test("errors name the specification, the reason and the grammar, on one line each")
    func errorTexts() {
        do {
            _ = try parse(.local, "8080:::1:\n22")
            Issue.record("the specification was taken")
        } catch {
            let error = error as? ForwardSpecificationError
            #expect(
                error?.description == "Bad local forwarding specification '8080:::1:?22': "
                    + "more than four fields; an IPv6 address needs brackets, as in [::1]")
            #expect(error?.grammar == "-L [bind_address:]port:host:hostport")
        }
    }

    @Test(
        "two forwards collide when the kernel would refuse the second listener",
        arguments: [
            ("1:h:1", "1:g:2", true), ("1:h:1", "2:h:1", false), ("0:h:1", "0:h:1", false),
            ("1:h:1", "127.0.0.1:1:h:1", true), ("1:h:1", "[::1]:1:h:1", true),
            ("1:h:1", "*:1:h:1", true), ("127.0.0.1:1:h:1", "[::1]:1:h:1", false),
            ("127.0.0.1:1:h:1", "127.0.0.2:1:h:1", false), ("1:h:1", "192.0.2.1:1:h:1", false),
            ("0.0.0.0:1:h:1", "127.0.0.1:1:h:1", true), ("0.0.0.0:1:h:1", "[::1]:1:h:1", false),
            ("/a/b:h:1", "/a/b:h:2", true), ("/a/b:h:1", "1:h:1", false),
            ("1:h:1", "1:h:1/udp", false), ("1:h:1/udp", "1:g:1/udp", true),
        ])
    func collisions(first: String, second: String, expected: Bool) throws {
        let (first, second) = (try parse(.local, first), try parse(.local, second))

        #expect(first.collides(with: second) == expected)
        #expect(second.collides(with: first) == expected)
    }

    @Test("no text stops the parser, and what it takes is written back the same")
    func randomTexts() {
        let seed = SystemRandomSource().next()
        print("seed \(seed)")
        let random = SeededRandomSource(seed: seed)
        let pieces = [
            ":", ":", ":", "[", "]", "/", "\\", "*", "80", "0", "h", "::1", "${PORT}", "-",
            "udp", "%",
        ]
        for _ in 0..<20_000 {
            let text = (0...random.next(below: 9)).map { _ in
                pieces[Int(random.next(below: UInt64(pieces.count)))]
            }.joined()
            for kind in ForwardSpecification.Kind.allCases {
                do {
                    let forwards = try parser.parse(kind, text)
                    // A range stands for many, which are written one by one.
                    guard forwards.count == 1, let forward = forwards.first else { continue }
                    let isPlain = !text.contains { "\\[%".contains($0) }
                    guard kind == .local, isPlain else { continue }
                    let written = try? parser.parse(kind, "\(forward)")
                    #expect(written == [forward], "\(text)")
                } catch {
                    continue
                }
            }
        }
    }
}
