import SRMUDP

/// Gives out bytes written down beforehand; running out of them is a mistake of the test.
final class ScriptedRandomSource: RandomSource {
    private var script: ArraySlice<UInt8>

    init(_ script: [UInt8]) { self.script = script[...] }

    func fill(_ bytes: inout [UInt8]) {
        precondition(bytes.count <= script.count, "the script is too short")
        bytes = [UInt8](script.prefix(bytes.count))
        script = script.dropFirst(bytes.count)
    }
}
