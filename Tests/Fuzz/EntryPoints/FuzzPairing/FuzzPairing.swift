import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzPairing(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    PairingFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
