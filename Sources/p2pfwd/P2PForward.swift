@main
struct P2PForward {
    static func main() {}
}
