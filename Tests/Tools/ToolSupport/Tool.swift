import CTools
import Glibc

/// What every tool does around its work: messages, exit codes, time and chance.
package enum Tool {
    /// Monotonic time in nanoseconds.
    package static var now: Int64 { tools_now() }

    /// Runs `body`; a wrong command line ends the process with 2, any other failure with 1.
    package static func run(_ name: String, usage: String, _ body: () throws -> Void) -> Never {
        do {
            try body()
        } catch let error as UsageError {
            complain("\(name): \(error)\n\(usage)")
            exit(2)
        } catch {
            complain("\(name): \(error)")
            exit(1)
        }
        exit(0)
    }

    /// One line of result on standard output, visible at once also through a pipe.
    package static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    package static func complain(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { bytes in _ = write(2, bytes.baseAddress, bytes.count) }
    }
}

/// Reproducible random numbers: the same seed gives the same series (SplitMix64).
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return Self.mix(state)
    }

    /// True with this probability; draws nothing when it is zero.
    package mutating func chance(_ probability: Double) -> Bool {
        guard probability > 0 else { return false }
        return Double(next() >> 11) * 0x1p-53 < probability
    }

    /// A number in 0..<`bound`.
    package mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next() >> 1) % max(bound, 1)
    }

    package static func mix(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
