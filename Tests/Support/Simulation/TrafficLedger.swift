import SRMUDP

/// Bytes that each host exchanged with each address, to judge amplification.
package struct TrafficLedger {
    package struct Entry: Sendable {
        package var bytesSent = 0
        package var datagramsSent = 0
        package var bytesReceived = 0
        package var datagramsReceived = 0
    }

    private struct Key: Hashable {
        let host: HostID
        let address: SocketAddress
    }

    private var entries: [Key: Entry] = [:]

    mutating func sent(_ datagram: SimulatedDatagram, by host: HostID) {
        let key = Key(host: host, address: datagram.destination)
        entries[key, default: Entry()].bytesSent += datagram.bytes.count
        entries[key, default: Entry()].datagramsSent += 1
    }

    mutating func received(_ datagram: SimulatedDatagram, by host: HostID) {
        let key = Key(host: host, address: datagram.source)
        entries[key, default: Entry()].bytesReceived += datagram.bytes.count
        entries[key, default: Entry()].datagramsReceived += 1
    }

    package func between(_ host: HostID, _ address: SocketAddress) -> Entry {
        entries[Key(host: host, address: address)] ?? Entry()
    }
}
