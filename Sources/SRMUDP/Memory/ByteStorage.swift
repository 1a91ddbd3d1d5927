/// A block of memory of fixed size with a single owner.
///
/// Packets and stream data live in such blocks. The standard library (6.3) has spans, but no copy
/// from one span into a part of another, so this file is the one place outside the crypto wrapper
/// and the socket layer that touches raw pointers; every access is bounds-checked here.
/// Integers are stored big-endian, at any alignment.
package struct ByteStorage: ~Copyable {
    private let base: UnsafeMutableRawPointer
    package let count: Int

    /// Zeroed memory of `count` bytes.
    package init(count: Int) {
        self.init(uncleared: count)
        base.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    }

    /// Memory of `count` bytes of arbitrary content, for owners that read only what they wrote.
    ///
    /// The system provides a page of it when it is first written to, so that a large block with a
    /// few bytes in it costs little.
    package init(uncleared count: Int) {
        self.count = count
        base = UnsafeMutableRawPointer.allocate(byteCount: max(count, 1), alignment: 64)
    }

    package init(_ bytes: [UInt8]) {
        self.init(count: bytes.count)
        copy(from: bytes.span.bytes, to: 0)
    }

    deinit { base.deallocate() }

    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { bytes(0..<count) }
    }

    @_lifetime(borrow self)
    package func bytes(_ range: Range<Int>) -> RawSpan {
        check(range)
        let span = RawSpan(_unsafeStart: base + range.lowerBound, byteCount: range.count)
        return _overrideLifetime(span, borrowing: self)
    }

    package subscript(offset: Int) -> UInt8 {
        get { load(at: offset, as: UInt8.self) }
        set { store(newValue, at: offset) }
    }

    package func load<Value: FixedWidthInteger & BitwiseCopyable>(
        at offset: Int, as type: Value.Type
    ) -> Value {
        check(offset, MemoryLayout<Value>.size)
        return Value(bigEndian: base.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    package mutating func store<Value: FixedWidthInteger & BitwiseCopyable>(
        _ value: Value, at offset: Int
    ) {
        check(offset, MemoryLayout<Value>.size)
        base.storeBytes(of: value.bigEndian, toByteOffset: offset, as: Value.self)
    }

    /// Copies `source`, which must not be a part of this block, to `offset`.
    package mutating func copy(from source: borrowing RawSpan, to offset: Int) {
        check(offset, source.byteCount)
        source.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            (base + offset).copyMemory(from: start, byteCount: bytes.count)
        }
    }

    /// Copies a part of this block to another place in it; the two may overlap.
    package mutating func move(_ range: Range<Int>, to offset: Int) {
        check(range)
        check(offset, range.count)
        (base + offset).copyMemory(from: base + range.lowerBound, byteCount: range.count)
    }

    package mutating func fill(_ range: Range<Int>, with byte: UInt8) {
        check(range)
        let start = base + range.lowerBound
        start.initializeMemory(as: UInt8.self, repeating: byte, count: range.count)
    }

    /// XORs four bytes over those of `range`, again and again; `pattern` is them as a big-endian
    /// number, the first of them for the first of the range.
    package mutating func exclusiveOr(_ range: Range<Int>, with pattern: UInt32) {
        check(range)
        let narrow = UInt64(pattern.bigEndian)
        let wide = narrow << 32 | narrow
        var place = base + range.lowerBound
        let end = base + range.upperBound
        while end - place >= 8 {
            let word = place.loadUnaligned(as: UInt64.self)
            place.storeBytes(of: word ^ wide, as: UInt64.self)
            place += 8
        }
        for index in 0..<(end - place) {
            let part = UInt8(truncatingIfNeeded: pattern >> (24 - 8 * UInt32(index & 3)))
            let byte = place.load(fromByteOffset: index, as: UInt8.self)
            place.storeBytes(of: byte ^ part, toByteOffset: index, as: UInt8.self)
        }
    }

    /// How many bytes at the beginning of `range` are surely ASCII, counted in whole words.
    package func countASCII(_ range: Range<Int>) -> Int {
        check(range)
        var offset = range.lowerBound
        while range.upperBound - offset >= 8 {
            let word = base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0 else { break }
            offset += 8
        }
        return offset - range.lowerBound
    }

    /// Lends a part of the block to the crypto wrapper or the socket layer.
    package func withUnsafeBytes<Result: ~Copyable, Failure: Error>(
        _ range: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        check(range)
        return try body(UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    /// Lends a part of the block, to be written, to the crypto wrapper or the socket layer.
    package mutating func withUnsafeMutableBytes<Result: ~Copyable, Failure: Error>(
        _ range: Range<Int>, _ body: (UnsafeMutableRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        check(range)
        return try body(
            UnsafeMutableRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    package func array(_ range: Range<Int>) -> [UInt8] {
        check(range)
        return [UInt8](UnsafeRawBufferPointer(start: base + range.lowerBound, count: range.count))
    }

    private func check(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "access outside the block")
    }

    private func check(_ offset: Int, _ length: Int) {
        precondition(offset >= 0 && length <= count - offset, "access outside the block")
    }
}
