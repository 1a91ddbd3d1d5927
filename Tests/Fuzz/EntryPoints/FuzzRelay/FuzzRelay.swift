import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzRelay(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    RelayFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
