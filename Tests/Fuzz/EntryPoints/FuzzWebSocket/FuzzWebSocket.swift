import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzWebSocket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    WebSocketFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
