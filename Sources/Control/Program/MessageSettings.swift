import SRMUDP

/// Which messages are written, how, and where to.
package struct MessageSettings: Equatable {
    package var level = Logger.Level.info
    package var format = LogFormat.text
    /// Nil: standard error.
    package var file: String?
}

extension Invocation {
    var messages: MessageSettings {
        MessageSettings(level: logLevel, format: logFormat, file: logFile)
    }
}
