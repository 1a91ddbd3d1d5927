internal import CZlib
import SRMUDP

/// The state of a stream in zlib, which takes input and output by raw pointers and may not be moved.
///
/// This file is the only one of the compression that touches raw memory. Whoever owns it begins the
/// stream and ends it, by `handle`.
final class ZlibStream {
    /// What one call used of its input and of its room.
    struct Progress: Equatable {
        var consumed: Int
        var produced: Int
    }

    let handle: UnsafeMutablePointer<z_stream>

    init() {
        handle = .allocate(capacity: 1)
        handle.initialize(to: z_stream())
    }

    deinit { handle.deallocate() }

    /// Has `step` take what it can of `input` and put what comes of it to the beginning of `range`.
    func run(
        _ input: borrowing RawSpan, into storage: inout ByteStorage, _ range: Range<Int>,
        _ step: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> (progress: Progress, status: Int32) {
        input.withUnsafeBytes { input in
            storage.withUnsafeMutableBytes(range) { output in
                let offered = UInt32(clamping: input.count)
                let room = UInt32(clamping: output.count)
                handle.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: Bytef.self)
                handle.pointee.avail_in = offered
                handle.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
                handle.pointee.avail_out = room
                let status = step(handle)
                let progress = Progress(
                    consumed: Int(offered - handle.pointee.avail_in),
                    produced: Int(room - handle.pointee.avail_out))
                return (progress, status)
            }
        }
    }
}
