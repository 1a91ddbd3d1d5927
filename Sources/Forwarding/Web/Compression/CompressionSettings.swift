/// How the messages of WebSockets are compressed where the other end agrees.
package struct CompressionSettings: Equatable, Sendable {
    package static let levels = 1...9
    package static let thresholds = 0...1 << 20
    package static let defaultThreshold = 1024

    /// 1 (fast) to 9 (small).
    package var level: Int
    /// Messages of fewer bytes are sent as they are.
    package var threshold: Int
    /// Whether messages may refer to those before them. It makes small messages smaller and takes up
    /// to 300 KiB for each WebSocket, which take none otherwise.
    package var keepsContext: Bool

    package init(
        level: Int = 6, threshold: Int = CompressionSettings.defaultThreshold,
        keepsContext: Bool = false
    ) {
        precondition(
            Self.levels.contains(level) && Self.thresholds.contains(threshold),
            "no such compression")
        self.level = level
        self.threshold = threshold
        self.keepsContext = keepsContext
    }
}
