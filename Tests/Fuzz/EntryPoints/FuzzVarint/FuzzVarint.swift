import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzVarint(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    VarintFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
