import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct RelayRoutesTests {
    private let pair = ConnectionPair()
    private let connection: Connection
    private let server: ServerAddress
    private var routes = RelayRoutes()

    init() throws {
        connection = try #require(pair.client.connection)
        server = try ServerAddress("meet.example.org:7070")
    }

    private mutating func attach(_ number: UInt64, to other: ServerAddress? = nil) {
        routes.add(
            RelayRoutes.Route(
                channel: RelayChannelID(number), server: other ?? server,
                link: LinkAddress(.relay, number: UInt32(number)), connection: connection))
    }

    /// The numbers of the channels that the joined one replaces.
    private mutating func join(_ number: UInt64) -> [UInt64]? {
        routes.join(RelayChannelID(number))?.replaced.map(\.channel.number)
    }

    private var numbers: [UInt64] { routes.all(of: connection).map(\.channel.number) }

    @Test("a channel replaces the one of the same server that was joined before")
    mutating func replacement() throws {
        let other = try ServerAddress("other.example.org:7070")
        attach(1)
        attach(2, to: other)
        #expect(join(1) == [])
        #expect(join(2) == [])
        attach(3)

        #expect(join(3) == [1])

        #expect(numbers == [2, 3])
        #expect(join(9) == nil)
    }

    @Test("two sides that attach at their own times keep the same one of two channels")
    mutating func race() {
        attach(1)
        _ = join(1)
        var slow = self
        // One side has shown both tokens before the first channel is joined, the other one has not.
        attach(2)
        attach(3)
        let replaced = [join(2), join(3)]
        slow.attach(2)
        let slowlyReplaced = [slow.join(2)]
        slow.attach(3)

        #expect(replaced == [[1], [2]])
        #expect(slowlyReplaced + [slow.join(3)] == replaced)
        #expect(numbers == [3])
        #expect(slow.numbers == [3])
    }
}
