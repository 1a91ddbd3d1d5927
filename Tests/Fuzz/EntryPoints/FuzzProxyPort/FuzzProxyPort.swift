import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzProxyPort(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    ProxyPortFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
