import FuzzTargets

@_cdecl("LLVMFuzzerTestOneInput")
package func fuzzTicket(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    TicketFuzzer.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
