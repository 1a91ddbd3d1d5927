internal import Glibc
import SRMUDP

/// The terminal while something is watched on it: a screen of its own, keys without Enter.
///
/// `leave` gives everything back as it was; it may be called more than once.
final class WatchTerminal {
    private static let controlC: UInt8 = 3
    private static let defaultSize = (columns: 80, rows: 24)

    /// Whether a key was pressed that ends it.
    private(set) var isEnded = false
    private let loop: EventLoop
    private var former: termios?
    private var isEntered = false

    init(loop: EventLoop) { self.loop = loop }

    /// Whether a screen can be drawn on standard output.
    static func isPossible(_ variable: (String) -> String?) -> Bool {
        guard isatty(STDOUT_FILENO) == 1, let kind = variable("TERM") else { return false }
        return !kind.isEmpty && kind != "dumb"
    }

    /// Whether the locale's characters are UTF-8.
    static func isUnicode(_ variable: (String) -> String?) -> Bool {
        let names = ["LC_ALL", "LC_CTYPE", "LANG"]
        let locale = names.compactMap(variable).first { !$0.isEmpty } ?? ""
        let text = locale.lowercased()
        return text.contains("utf-8") || text.contains("utf8")
    }

    func enter() throws(SystemError) {
        isEntered = true
        if isatty(STDIN_FILENO) == 1 {
            var settings = termios()
            if tcgetattr(STDIN_FILENO, &settings) == 0 {
                former = settings
                settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
                tcsetattr(STDIN_FILENO, TCSANOW, &settings)
            }
            try loop.register(STDIN_FILENO, for: .readable, handler: self)
        }
        // The other screen, and no cursor.
        Console.write("\u{1b}[?1049h\u{1b}[?25l", to: STDOUT_FILENO)
    }

    func leave() {
        guard isEntered else { return }
        isEntered = false
        Console.write("\u{1b}[?25h\u{1b}[?1049l", to: STDOUT_FILENO)
        if var former {
            loop.unregister(STDIN_FILENO)
            tcsetattr(STDIN_FILENO, TCSANOW, &former)
        }
        former = nil
    }

    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0
        else { return Self.defaultSize }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Draws over what is there, so that nothing flickers.
    func draw(_ lines: [String]) {
        var text = ""
        for (index, line) in lines.enumerated() {
            text += "\u{1b}[\(index + 1);1H\(line)\u{1b}[K"
        }
        Console.write(text + "\u{1b}[J", to: STDOUT_FILENO)
    }
}

extension WatchTerminal: EventHandler {
    func ready(_ readiness: Readiness, now: Instant) {
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        // Without a terminal nobody watches.
        guard count > 0 else { return isEnded = true }
        let keys: Set<UInt8> = [UInt8(ascii: "q"), UInt8(ascii: "Q"), Self.controlC]
        if bytes[..<count].contains(where: keys.contains) { isEnded = true }
    }
}
