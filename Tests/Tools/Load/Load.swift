import CTools
import Glibc
import ToolSupport

/// Generates TCP load and checks what comes back; one process serves it.
@main
struct Load {
    static let usage = """
        usage: load serve --listen ADDRESS:PORT [--control /PATH]
               load bulk --connect ADDRESS:PORT [--flows 1] [--seconds 3] [--warmup 0.5]
                         [--push --control /PATH] [--socks5 ADDRESS:PORT]
               load ping --connect ADDRESS:PORT [--seconds 3 | --count N] [--warmup 0.2]
               load connect-rate --connect ADDRESS:PORT [--parallel 1] [--seconds 3]
                         [--rate N] [--socks5 ADDRESS:PORT]
               load idle --connect ADDRESS:PORT [--flows 100] [--seconds S]
               load verify --connect ADDRESS:PORT [--flows 1] [--bytes N] [--seed 1]
                         [--mode echo|upload|download] [--deadline S]
               load datagrams --connect ADDRESS:PORT [--size 1200] [--seconds 3] [--mbit N]
               load datagram-sink --listen ADDRESS:PORT
        Every command prints one line of JSON. bulk measures the direction from the server to the
        client, with --push the other one, counted by the server (asked over its control socket).
        With --socks5 they connect to a SOCKS5 proxy and ask it for that address.
        connect-rate makes no more than N connections a second. datagrams sends over UDP, and
        datagram-sink counts what arrives until its standard input ends, anew with each byte there.
        idle prints "ready" when all flows are open and ends with standard input or the time.
        """

    static func main() {
        Tool.run("load", usage: usage) {
            tools_raise_descriptor_limit()
            signal(SIGPIPE, SIG_IGN)
            let arguments = CommandLine.arguments.dropFirst()
            var options = try Options(Array(arguments.dropFirst()), flags: ["push"])
            switch arguments.first {
            case "serve": try Server(&options).run()
            case "bulk": try BulkClient(&options).run()
            case "ping": try PingClient(&options).run()
            case "connect-rate": try ConnectRateClient(&options).run()
            case "idle": try IdleClient(&options).run()
            case "datagrams": try DatagramClient(&options).run()
            case "datagram-sink": try DatagramSink(&options).run()
            case "verify": try VerifyClient(&options).run()
            default: throw UsageError("the first word must be a command")
            }
        }
    }
}

/// The measurement failed in a way that is neither the command line's nor the system's fault.
struct LoadError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
