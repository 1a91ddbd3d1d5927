import FuzzTargets
import Glibc

// What libFuzzer's main function calls: one program for all targets, which are built and linked
// once. P2PFWD_FUZZ_TARGET says which one runs; without it the program prints their names.

private enum Chosen {
    static let target: FuzzTarget? = getenv("P2PFWD_FUZZ_TARGET").flatMap { name in
        FuzzTarget.named(String(cString: name))
    }
}

@_cdecl("LLVMFuzzerInitialize")
package func initialize(
    _ count: UnsafeMutablePointer<Int32>, _ arguments: UnsafeMutableRawPointer
) -> Int32 {
    guard Chosen.target == nil else { return 0 }
    for target in FuzzTarget.all { print(target) }
    exit(getenv("P2PFWD_FUZZ_TARGET") == nil ? EXIT_SUCCESS : EXIT_FAILURE)
}

@_cdecl("LLVMFuzzerTestOneInput")
package func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    Chosen.target?.run([UInt8](UnsafeBufferPointer(start: start, count: count)))
    return 0
}
