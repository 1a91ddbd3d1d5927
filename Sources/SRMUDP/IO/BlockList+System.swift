internal import CSystem

extension BlockList {
    /// Lends the run as the list of parts that the system calls want.
    func withParts<Result>(_ body: (UnsafePointer<csystem_part>, Int32) -> Result) -> Result {
        withUnsafeTemporaryAllocation(of: csystem_part.self, capacity: Self.capacity) { parts in
            for index in 0..<count {
                // A block's memory stays in its place as long as the block exists, and this list
                // holds it for the time of the call.
                let part = self[index].storage.withUnsafeMutableBytes(range(index)) { memory in
                    csystem_part(memory: memory.baseAddress, length: memory.count)
                }
                parts.initializeElement(at: index, to: part)
            }
            // The allocation of a fixed number of elements above zero has an address.
            return body(UnsafePointer(parts.baseAddress!), Int32(count))
        }
    }
}
