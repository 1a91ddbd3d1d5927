import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzFrames(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    FramesFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
