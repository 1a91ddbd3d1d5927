import SRMUDP
import TestSupport

/// The inputs that fuzzing starts from: each kind of frame and message once, well formed.
enum FuzzSeeds {
    static func inputs(of target: String) -> [(name: String, input: [UInt8])] {
        switch target {
        case "FuzzConfiguration": configurations
        case "FuzzControlLine": controlLines
        case "FuzzDatagram": datagrams
        case "FuzzForwardedDatagram": forwardedDatagrams
        case "FuzzFrames": frames
        case "FuzzHTTPHead": heads
        case "FuzzHandshake": handshakes
        case "FuzzInflate": compressions
        case "FuzzKeyLinkMessages": keyLinkMessages
        case "FuzzOpening": openings
        case "FuzzPairing": pairings
        case "FuzzPortMapping": portMappings
        case "FuzzProbe": probes
        case "FuzzProxyPort": proxyPorts
        case "FuzzRelay": relays
        case "FuzzRendezvous": rendezvous
        case "FuzzSnapshot": snapshots
        case "FuzzTicket": tickets
        case "FuzzVarint": varints
        case "FuzzWebProxyMessage": webProxyMessages
        case "FuzzWebProxyRequest": webProxyRequests
        case "FuzzWebRequest": webRequests
        case "FuzzWebSocket": webSockets
        case "FuzzWebToken": webTokens
        default: []
        }
    }

    /// Of each length the smallest and the largest, and the smallest in a longer form.
    private static var varints: [(name: String, input: [UInt8])] {
        [
            ("short", [0, 0x3f, 0x40, 0x40, 0x7f, 0xff]),
            ("long", [0x80, 0, 0x40, 0, 0xbf, 0xff, 0xff, 0xff]),
            ("longest", [0xc0, 0, 0, 0, 0x40, 0, 0, 0] + [UInt8](repeating: 0xff, count: 8)),
            ("padded", [0x40, 1, 0x80, 0, 0, 1, 0xc0, 0, 0, 0, 0, 0, 0, 1]), ("cut", [0xc0, 1]),
        ]
    }

    private static var frames: [(name: String, input: [UInt8])] {
        let single: [(String, [UInt8])] = [
            ("padding", [0, 0, 0, 0]),
            ("ping", [1]),
            ("ack", [2, 3, 0, 0, 0]),
            ("ack-ranges", [2, 9, 10, 2, 1, 1, 1, 1, 0]),
            ("ack-ecn", [3, 3, 0, 0, 0, 1, 2, 3]),
            ("reset-stream", [4, 0, 7, 0x47, 0xd0]),
            ("stop-sending", [5, 0, 7]),
            ("stream", [8, 4, 1, 2, 3]),
            ("stream-finish", [9, 8, 1, 2, 3]),
            ("stream-length", [0x0a, 4, 3, 1, 2, 3, 1]),
            ("stream-offset", [0x0e, 4, 0x40, 0x80, 3, 1, 2, 3]),
            ("stream-all", [0x0f, 4, 9, 3, 1, 2, 3]),
            ("stream-far", [0x0c, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0, 1]),
            ("max-data", [0x10, 0x80, 0x20, 0, 0]),
            ("max-stream-data", [0x11, 0, 0x80, 0x20, 0, 0]),
            ("max-streams", [0x12, 0x80, 0, 0x80, 0]),
            ("path-challenge", [0x1a, 1, 2, 3, 4, 5, 6, 7, 8]),
            ("path-response", [0x1b, 1, 2, 3, 4, 5, 6, 7, 8]),
            ("close", [0x1c, 0, 2, 0x68, 0x69]),
            ("datagram", [0x30, 1, 2, 3]),
            ("candidates", candidates),
            ("candidates-none", [0x40, 0x40, 2, 0]),
            ("datagram-length", [0x31, 3, 1, 2, 3]),
            ("unknown", [0x21, 1]),
        ]
        let packets = single.map { ($0.0, packet($0.1)) }
        let life =
            packet([1]) + [205] + packet([0x0a, 4, 3, 1, 2, 3]) + [225, 230]
            + packet([0x0f, 4, 3, 0, 2, 5, 4, 7]) + [249, 219] + packet([2, 9, 0, 0, 2]) + [
                241, 210,
            ]
        return packets + [("life", life)]
    }

    private static let candidates: [UInt8] =
        [0x40, 0x40, 1, 2]
        + (1...2).flatMap { kind in
            [kind] + [UInt8](repeating: 0, count: 10) + [255, 255, 10, 0, 0, kind, 1, 1]
        }

    /// A record of `FramesFuzzer` for one packet.
    private static func packet(_ frames: [UInt8]) -> [UInt8] {
        [0, UInt8(frames.count >> 8), UInt8(frames.count & 0xff)] + frames
    }

    private static var datagrams: [(name: String, input: [UInt8])] {
        let kinds: [UInt8] = [0x80, 0x81, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0]
        let arbitrary = kinds.map { kind in
            let datagram = [kind, 1] + [UInt8](repeating: 0x55, count: 60)
            return ("kind-\(kind)", [UInt8(4), 0, UInt8(datagram.count)] + datagram)
        }
        let genuine: [UInt8] = [100, 0, 0, 5, 0, 0, 20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let cut: [UInt8] = [101, 0, 4, 0, 40, 0, 1, 1, 0, 2, 2, 0, 3, 3, 0, 4, 4]
        return arbitrary + [
            ("empty", [6, 0, 0]), ("repeated", genuine), ("cut", cut),
            ("sequence", genuine + [210] + cut + [255, 250] + genuine),
        ]
    }

    private static var handshakes: [(name: String, input: [UInt8])] {
        var inputs: [(String, [UInt8])] = []
        for kind in UInt8(0)..<3 {
            inputs.append(("genuine-\(kind)", [kind]))
            inputs.append(("mac-\(kind)", [0x80 | kind, 0, 20, 1]))
            inputs.append(("length-\(kind)", [0xc0 | kind, 1, 0, 0, 3, 0xff]))
        }
        return inputs + [("anything", [3, 0xf1, 1, 0, 0, 9, 9, 9])]
    }

    private static var portMappings: [(name: String, input: [UInt8])] {
        let grant: [UInt8] = [150, 0, 14, 45]
        let notPCP: [UInt8] = [0, 8, 0, 0x81, 0, 1, 0, 0, 0, 1]
        let address: [UInt8] = [0, 12, 0, 0x80, 0, 0, 0, 0, 3, 232, 45, 67, 2, 2]
        let port: [UInt8] = [
            0, 16, 0, 0x81, 0, 0, 0, 0, 3, 232, 0xa2, 0xa9, 0xa2, 0xa9, 0, 0, 14, 16,
        ]
        // The three attempts with PCP and NAT-PMP are over, then the router answers.
        let upnp = [UInt8](repeating: 240, count: 6) + [230, 10, 45]
        return [
            ("upnp", upnp), ("upnp-released", upnp + [255, 230, 120, 0]),
            ("upnp-renewed", upnp + [240, 240, 240, 240, 240, 240, 230, 10, 46]),
            ("upnp-private", upnp.dropLast() + [10]),
            ("upnp-missing", upnp.dropLast(2) + [160, 200]),
            ("pcp", grant), ("pcp-refused", [150, 2, 1, 0]), ("pcp-private", [150, 0, 14, 10]),
            ("pcp-renewed", grant + [229, 229] + grant),
            ("pcp-restarted", grant + [240, 150, 0, 0]),
            ("pcp-released", grant + [255, 150, 0, 0, 45]),
            ("pcp-expired", grant + [229, 229, 229, 240, 240, 240, 240]),
            ("nat-pmp", notPCP + address + port),
            ("nat-pmp-moved", notPCP + address + port + [240] + address.dropLast() + [9]),
            ("nat-pmp-released", notPCP + address + port + [255]),
            ("silence", [UInt8](repeating: 240, count: 12)),
            ("released-early", [255, 255]),
        ]
    }

    private static var tickets: [(name: String, input: [UInt8])] {
        let body =
            [1, 1] + [UInt8](repeating: 7, count: 16) + [UInt8](repeating: 8, count: 64)
            + [0, 0, 0x70, 0, 0, 0, 1] + SocketAddress.simulated(host: 1).encoded
            + [4, 0x6e, 0x61, 0x6d, 0x65]
        var answer = body
        answer[1] = 2
        return [
            ("offer", [1] + body), ("answer", [1] + answer),
            ("text", [0] + [UInt8]("p2pf1AQEHBwcHBwcH".utf8)),
            ("quoted", [0] + [UInt8]("> p2pf1AQ\n> EHBw\r\n \"x\"".utf8)),
        ]
    }
}
