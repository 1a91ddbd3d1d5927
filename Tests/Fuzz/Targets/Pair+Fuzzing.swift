import SRMUDP
import TestSupport

extension Pair {
    /// A pair whose packets stay small: the search for larger ones would take most of the time.
    static func forFuzzing() -> Pair {
        var options = Options()
        options.configuration.maximumDatagramSize = 1_400
        return Pair(seed: 1, options: options)
    }
}
