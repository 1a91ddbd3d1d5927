import Control
internal import Glibc

@main
struct P2PForward {
    static func main() {
        let status = Program().run(CommandLine.arguments)
        exit(status)
    }
}
