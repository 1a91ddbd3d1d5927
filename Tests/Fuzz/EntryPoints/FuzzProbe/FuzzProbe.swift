import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzProbe(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    ProbeFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
