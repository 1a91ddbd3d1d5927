import CTools
import Glibc
import ToolSupport

/// Opens many connections and waits for them, several hundred at a time.
enum Flows {
    /// Connects `count` flows, sends each its header and returns the sockets.
    ///
    /// - Throws: `LoadError` when a connection fails or they do not all stand within a minute.
    static func open(
        _ count: Int, to address: SocketAddress, header: (Int) -> [UInt8]
    ) throws -> [Int32] {
        let poller = try Poller()
        let deadline = Tool.now + 60_000_000_000
        var sockets: [Int32] = []
        var pending = 0
        while sockets.count < count || pending > 0 {
            while sockets.count < count && pending < 256 {
                sockets.append(try connect(address))
                try poller.add(sockets[sockets.count - 1], token: sockets.count - 1, .writing)
                pending += 1
            }
            guard Tool.now < deadline else {
                throw LoadError("\(pending) of \(count) connections did not come about")
            }
            for index in 0..<(try poller.wait(nanoseconds: 100_000_000)) {
                let flow = poller.event(at: index).token
                try checkConnected(sockets[flow])
                poller.remove(sockets[flow])
                let bytes = header(flow)
                guard write(sockets[flow], bytes, bytes.count) == bytes.count else {
                    throw SystemError(call: "write to a new flow", code: errno)
                }
                pending -= 1
            }
        }
        return sockets
    }

    /// What a client of a SOCKS5 proxy sends ahead of everything, without waiting for answers, of
    /// which `socksAnswerBytes` come; nothing without a target.
    static func socksRequest(to target: SocketAddress?) -> [UInt8] {
        guard let target else { return [] }
        let address = withUnsafeBytes(of: target.raw) { raw in
            raw.loadUnaligned(as: sockaddr_in.self)
        }
        let host = withUnsafeBytes(of: address.sin_addr.s_addr) { [UInt8]($0) }
        let port = withUnsafeBytes(of: address.sin_port) { [UInt8]($0) }
        return [5, 1, 0, 5, 1, 0, 1] + host + port
    }

    static let socksAnswerBytes = 12

    static func connect(_ address: SocketAddress) throws -> Int32 {
        let socket = withUnsafePointer(to: address.raw) { tools_tcp_connect($0) }
        return try SystemError.check(socket, "connect to \(address)")
    }

    /// - Throws: `SystemError` with the reason for which the connection was refused.
    static func checkConnected(_ socket: Int32) throws {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 { throw SystemError(call: "connect", code: code) }
    }
}
