import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzHandshake(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    HandshakeFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
