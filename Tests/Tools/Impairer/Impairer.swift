@main
struct Impairer {
    static func main() {}
}
