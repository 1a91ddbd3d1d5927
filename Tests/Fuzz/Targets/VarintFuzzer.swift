import SRMUDP

/// Variable-length integers: whatever is read is written back in the shortest form and read again.
package enum VarintFuzzer {
    package static func run(_ input: [UInt8]) {
        let storage = ByteStorage(input)
        var reader = ByteReader(storage.bytes)
        while let value = try? reader.readVarint() {
            var writer = ByteWriter(capacity: 8)
            writer.writeVarint(value)
            precondition(writer.position == ByteWriter.varintLength(value))
            var again = ByteReader(writer.storage.bytes(0..<writer.position))
            precondition((try? again.readVarint()) == value, "a varint changed on its way")
        }
    }
}
