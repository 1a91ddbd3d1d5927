import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzForwardedDatagram(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    ForwardedDatagramFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
