import TestSupport
import Testing

@testable import SRMUDP

@Suite struct InitiationQueueTests {
    private let start = Instant(nanoseconds: 0)
    private let addresses = (1...16).map {
        SocketAddress(IPAddress(ipv4: 0xc000_0200 + $0), port: 9)
    }

    private func drain(_ queue: inout InitiationQueue) -> [InitiationQueue.Entry] {
        var entries: [InitiationQueue.Entry] = []
        while queue.deadline != .distantFuture {
            while let entry = queue.popDue(at: queue.deadline) { entries.append(entry) }
        }
        return entries
    }

    @Test("a few leave at once, many are spread out")
    func pace() {
        var queue = InitiationQueue()

        queue.schedule(addresses, openers: nil, opened: [], hasPeerJoined: true, now: start)
        let entries = drain(&queue)

        #expect(entries.map(\.address) == addresses)
        #expect(entries[..<4].allSatisfy { $0.due == start })
        let gaps = zip(entries[3...], entries[4...]).map { $1.due - $0.due }
        #expect(gaps.allSatisfy { $0 == .milliseconds(10) })
        #expect(entries.allSatisfy { $0.hopLimit == nil })
    }

    @Test("openers go ahead of each address, and the rest does not wait for them")
    func openers() throws {
        var queue = InitiationQueue()
        let openers = Openers(wait: .milliseconds(100))
        let link = LinkAddress(.relay, number: 1).socketAddress

        queue.schedule(
            [link] + addresses[..<3], openers: openers, opened: Array(addresses[..<3]),
            hasPeerJoined: true, now: start)
        let entries = drain(&queue)

        #expect(entries.first { $0.address == link }?.due == start)
        for address in addresses[..<3] {
            let own = entries.filter { $0.address == address }
            #expect(own.map(\.hopLimit) == [2, 3, nil])
            #expect(own[2].due - own[0].due == .milliseconds(100))
        }
        let dues = entries.map(\.due)
        #expect(dues == dues.sorted())
    }

    @Test("as long as the peer may know nothing, only what cannot reach its NAT goes out")
    func patience() throws {
        var queue = InitiationQueue()
        let openers = Openers()
        let link = LinkAddress(.relay, number: 1).socketAddress

        queue.schedule(
            [link, addresses[0]], openers: openers, opened: [addresses[0]], hasPeerJoined: false,
            now: start)
        var waiting = queue
        let entries = drain(&queue).filter { $0.address != link }

        #expect(entries.map(\.hopLimit) == [2, 3, nil])
        #expect(entries[0].due == start)
        #expect(entries[2].due == start + openers.patience)
        #expect(entries[2].due - entries[1].due < openers.wait)
        #expect(waiting.popDue(at: start)?.hopLimit == 2)
        #expect(waiting.popDue(at: start)?.address == link)
        #expect(waiting.deadline == entries[1].due)
    }

    @Test("what waits for an address is replaced, not doubled")
    func replaced() {
        var queue = InitiationQueue()

        queue.schedule(addresses, openers: nil, opened: [], hasPeerJoined: true, now: start)
        queue.schedule(
            addresses, openers: nil, opened: [], hasPeerJoined: true,
            now: start + .milliseconds(1))
        queue.remove(addresses[0])

        #expect(drain(&queue).map(\.address) == Array(addresses[1...]))
    }
}
