internal import Glibc

/// How the terminal that is standard input gives what is typed, for as long as this process is the
/// one that people type to.
struct TerminalMode {
    private let original: termios

    /// Nil where standard input is no terminal.
    init?() {
        var mode = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &mode) == 0 else { return nil }
        original = mode
    }

    /// Whether what is typed is for us. To read or to change the terminal of somebody else would
    /// stop the process.
    static var isInForeground: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }

    /// Each character at once and not shown; Ctrl-C and Ctrl-Z are signals still.
    func takeCharacters() {
        guard Self.isInForeground else { return }
        var mode = original
        mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
        withUnsafeMutableBytes(of: &mode.c_cc) { characters in
            characters[Int(VMIN)] = 1
            characters[Int(VTIME)] = 0
        }
        tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
    }

    func restore() {
        guard Self.isInForeground else { return }
        var mode = original
        tcsetattr(STDIN_FILENO, TCSADRAIN, &mode)
    }
}
