import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzDatagram(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    DatagramFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
