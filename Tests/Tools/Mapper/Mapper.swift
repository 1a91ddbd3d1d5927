import Control
import Glibc
import SRMUDP
import ToolSupport

/// Keeps a UDP port open in the routers of this machine, as a node does, and says what they answer.
@main
struct Mapper {
    static let usage = """
        usage: mapper --port PORT
        prints a line `mapped ADDRESS...` whenever that changes and `state SENTENCE` every second;
        SIGTERM and SIGINT give the port back and end it with `released`
        """

    static func main() {
        Tool.run("mapper", usage: usage) {
            var options = try Options(Array(CommandLine.arguments.dropFirst()), flags: [])
            let port = try options.integer("port", default: 0)
            try options.finish()
            guard (1...65_535).contains(port) else { throw UsageError("--port is out of range") }
            try run(port: UInt16(port))
        }
    }

    private static func run(port: UInt16) throws {
        let loop = try EventLoop()
        let mappings = PortMappings(
            of: SRMUDP.SocketAddress(.anyIPv6, port: port), loop: loop,
            random: SystemRandomSource(), logger: .silent
        ) { candidates in
            Tool.say("mapped" + candidates.map { " \($0.address)" }.joined())
        }
        try loop.onSignal([SIGTERM, SIGINT]) { _ in
            mappings.release {
                Tool.say("released")
                loop.stop()
            }
        }
        mappings.start()
        tell(mappings, loop)
        try loop.run()
    }

    private static func tell(_ mappings: PortMappings, _ loop: EventLoop) {
        for sentence in mappings.descriptions { Tool.say("state \(sentence)") }
        loop.schedule(after: .seconds(1)) { tell(mappings, loop) }
    }
}
