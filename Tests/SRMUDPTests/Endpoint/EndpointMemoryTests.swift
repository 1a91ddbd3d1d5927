import Testing

@testable import SRMUDP

/// What a burst took is given back when it is over.
@Suite struct EndpointMemoryTests {
    @Test("free blocks are gone within half a minute, and the process is told once")
    func trim() throws {
        let wire = Wire()
        let (connection, _) = try #require(wire.connect())
        wire.endpoints[0].pool.hold(count: 600)

        #expect(wire.send([1, 2, 3], on: connection, to: 1))
        #expect(wire.endpoints[0].pool.freeCount >= 500)
        var tellings = 0
        wire.run(for: .seconds(30)) {
            tellings += wire.endpoints[0].takeMemoryRelease() ? 1 : 0
            return false
        }

        #expect(wire.endpoints[0].pool.freeCount == 0)
        #expect(tellings == 1)
    }

    @Test("an endpoint that holds no free memory sets no timer for it")
    func idle() {
        let wire = Wire()

        wire.flush()

        #expect(wire.endpoints[0].nextTimeout == nil)
    }
}

extension BlockPool {
    /// Takes so many blocks and gives them back, as a burst does.
    fileprivate func hold(count: Int) {
        var blocks = (0..<count).map { _ in take() }
        while let block = blocks.popLast() { give(block) }
    }
}
