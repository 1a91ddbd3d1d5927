import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzRendezvous(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    RendezvousFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
