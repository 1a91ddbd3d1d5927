import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzHTTPHead(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    HTTPHeadFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
