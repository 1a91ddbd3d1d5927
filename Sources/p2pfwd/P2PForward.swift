import Control

@main
struct P2PForward {
    static func main() {
        Program().runAndExit(CommandLine.arguments)
    }
}
