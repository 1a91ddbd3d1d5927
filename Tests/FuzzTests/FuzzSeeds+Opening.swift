import Forwarding
import SRMUDP

extension FuzzSeeds {
    /// Each kind of request, and each kind of answer, once.
    static var openings: [(name: String, input: [UInt8])] {
        let host: [UInt8] = [4] + [UInt8]("host".utf8) + [0, 80]
        let path: [UInt8] = [6] + [UInt8]("/run/x".utf8)
        let listener: [UInt8] = [0, 0, 0, 7]
        let key = [UInt8](repeating: 9, count: PublicKey.length)
        let requests: [(String, [UInt8])] = [
            ("tcp", [1] + host), ("tcp-dynamic", [0x81] + host), ("socket", [2] + path),
            ("udp", [3] + host), ("listen-tcp", [4] + listener + [6, 0] + host),
            ("listen-any", [4] + listener + [6, 1, 0, 0, 0]),
            ("listen-users", [4] + listener + [6, 3, 0, 0, 0, 2] + key + key),
            ("listen-udp", [4] + listener + [17, 0] + host),
            ("listen-path", [4] + listener + [1, 0] + path),
            ("accepted", [5] + listener + [0, 3, 0x61, 0x3a, 0x31]),
            ("accepted-target", [5] + listener + [6, 0] + host),
            ("accepted-datagrams", [5] + listener + [17, 0] + host), ("pipe", [6]),
            ("relay", [7] + key), ("relayed", [8] + key),
            ("measure-up", [9, 0, 0x27, 0x10]), ("measure-down", [9, 1, 0xea, 0x60]),
        ]
        let address = [UInt8](repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1, 31, 144]
        return requests.map { ($0.0, [0, 1] + $0.1) } + [
            ("reply", [1, 0, 0]), ("reply-refused", [1, 2, 2, 0x6e, 0x6f]),
            ("answer-none", [2, 0]), ("answer", [2, 2] + address + address),
            ("measured", [3, 0, 0, 0, 0, 0, 15, 66, 64, 0, 0, 0, 0, 0, 152, 150, 128]),
        ]
    }
}
