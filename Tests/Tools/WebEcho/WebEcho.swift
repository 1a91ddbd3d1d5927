import Forwarding
import SRMUDP
import ToolSupport

/// WebSockets of this project for others to judge: an echo server, and an echo client.
@main
enum WebEcho {
    private static let usage = """
        usage: web-echo serve --listen ADDRESS:PORT [--certificate FILE --key FILE]
               web-echo client --connect HOST:PORT [--tls-ca FILE] [--proxy URL] [--path PATH]
                   echoes until the server closes
               web-echo send --connect HOST:PORT [--tls-ca FILE] [--proxy URL] [--path PATH]
                   sends messages of many lengths and waits for their echoes
               web-echo cases --connect HOST:PORT --agent NAME
                   runs all cases of Autobahn's fuzzing server
               web-echo measure
                   tells how fast messages are written and read, without sockets
        all but the last take --compression 1...9 [--compression-threshold BYTES]
            [--keep-context]
        """

    static func main() {
        Tool.run("web-echo", usage: usage) {
            let words = CommandLine.arguments.dropFirst()
            var options = try Options(Array(words.dropFirst()), flags: ["keep-context"])
            switch words.first {
            case "serve": try EchoServer(&options).run()
            case "client": try EchoClient(&options).echo()
            case "send": try EchoClient(&options).send()
            case "cases": try CaseClient(&options).run()
            case "measure": Measurement.run()
            default: throw UsageError("serve, client, send, cases or measure?")
            }
        }
    }
}
