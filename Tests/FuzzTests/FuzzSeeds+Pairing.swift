import SRMUDP
import TestSupport

extension FuzzSeeds {
    static var pairings: [(name: String, input: [UInt8])] {
        let genuine: [(String, [UInt8])] = [
            ("complete", [220, 221, 220, 221]),
            ("complete-by-lan", [222, 223, 222, 223]),
            ("two-ways", [220, 222, 221, 223, 220, 222, 221]),
            ("twice", [220, 221, 220, 220, 221, 168, 220]),
            ("vanished", [220] + [UInt8](repeating: 179, count: 3)),
            ("unanswered", [UInt8](repeating: 179, count: 8)),
            ("expired", [UInt8](repeating: 179, count: 40) + [220]),
            ("reflected", [221]),
            ("reflected-later", [220, 220]),
        ]
        let damage: [UInt8] = [0, 200, 0, 40, 1, 0, 0, 0]
        let damaged: [(String, [UInt8])] = [
            ("damaged-1", [60] + damage), ("damaged-2", [220, 61] + damage),
            ("damaged-3", [220, 221, 60] + damage),
            ("damaged-4", [220, 221, 220, 61] + damage),
            ("cut", [60, 0, 64, 0, 0, 0, 0, 0, 0]),
        ]
        return genuine + damaged + messages + cards + codes
    }

    private static var messages: [(name: String, input: [UInt8])] {
        let share = [UInt8](repeating: 4, count: 65)
        let bodies: [(String, [UInt8])] = [
            ("m1", [1] + share), ("m2", [2] + share),
            ("m3", [3] + [UInt8](repeating: 5, count: 60)),
            ("m4", [4] + [UInt8](repeating: 6, count: 60)), ("abort", [15, 1]), ("unknown", [9]),
        ]
        return bodies.flatMap { name, body in
            let length = [UInt8(body.count >> 8), UInt8(body.count & 0xff)]
            return [
                ("\(name)-issuer", [0] + length + body), ("\(name)-joiner", [1] + length + body),
                ("\(name)-datagram", [120] + length + [1] + body),
                ("\(name)-raw", [121] + length + [0] + body),
            ]
        }
    }

    private static var cards: [(name: String, input: [UInt8])] {
        let candidate = [1] + SocketAddress.simulated(host: 1).encoded
        let head = [UInt8](repeating: 9, count: 64)
        let full = head + [1, 0x61, 2] + candidate + candidate + [1, 2, 0x62, 0x63, 1, 0x64]
        return [("card-empty", head + [0, 0, 0, 0]), ("card", full)].map { name, body in
            (name, [180, UInt8(body.count >> 8), UInt8(body.count & 0xff)] + body)
        }
    }

    private static var codes: [(name: String, input: [UInt8])] {
        let texts = [
            ("code", "4821-maple-tundra"), ("code-long", "1-maple-maple-tundra-maple"),
            ("code-sloppy", " ４８２１　Maple—TUNDRA\u{200b}"), ("code-typo", "4821-mapel-tundar"),
            ("code-part", "4821-maple-tun"), ("code-zeros", "00000000004821-maple-tundra"),
        ]
        return texts.map { name, text in
            let body = [UInt8](text.utf8)
            return (name, [200, UInt8(body.count >> 8), UInt8(body.count & 0xff)] + body)
        }
    }
}
