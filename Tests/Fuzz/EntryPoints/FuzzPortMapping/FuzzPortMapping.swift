import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzPortMapping(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    PortMappingFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
