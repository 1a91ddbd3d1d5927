import SRMUDP
import TestSupport

/// Runs of relayed datagrams on many channels, one after the other, as fast as the socket takes
/// them.
struct Flood {
    let port: Int
    let relay: Int
    let channels: Int
    let size: Int
    let run: Int

    func run(seconds: Int) throws {
        let loop = try EventLoop()
        let socket = try UDPSocket(bindingTo: RelayLoad.address(port))
        let ids = RelayLoad.channels(channels)
        let batchCount = min(channels, 32)
        var storage = ByteStorage(count: batchCount * run * size)
        var channel = 0
        var byteCount = 0
        loop.schedule(after: .seconds(Int64(seconds))) { loop.stop() }
        let hook = loop.addTurnHook { now in
            var batches: [OutgoingBatch] = []
            for index in 0..<batchCount {
                let start = index * run * size
                for segment in 0..<run {
                    storage[start + segment * size] = DatagramKind.relayed
                    storage.store(ids[2 * channel].number, at: start + segment * size + 1)
                }
                channel = (channel + 1) % channels
                batches.append(
                    OutgoingBatch(
                        range: start..<start + run * size, segmentSize: size,
                        destination: RelayLoad.address(relay)))
            }
            byteCount += socket.sendMany(storage, batches).sentCount * run * size
            loop.requestTurn()
            return nil
        }
        try loop.run()
        loop.removeTurnHook(hook)
        RelayLoad.report("flood", bytes: byteCount)
    }
}
