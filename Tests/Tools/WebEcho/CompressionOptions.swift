import Forwarding
import ToolSupport

extension CompressionSettings {
    /// What the options say; nil if nothing is to be compressed.
    init?(_ options: inout Options) throws {
        let level = try options.integer("compression", default: 0)
        let threshold = try options.integer(
            "compression-threshold", default: CompressionSettings.defaultThreshold)
        let keepsContext = options.flag("keep-context")
        guard level != 0 else { return nil }
        guard CompressionSettings.levels.contains(level),
            CompressionSettings.thresholds.contains(threshold)
        else {
            throw UsageError("no such compression")
        }
        self.init(level: level, threshold: threshold, keepsContext: keepsContext)
    }
}
