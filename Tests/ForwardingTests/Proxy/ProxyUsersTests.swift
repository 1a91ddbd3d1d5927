import Forwarding
import Testing

@Suite struct ProxyUsersTests {
    private static func bytes(_ text: String) -> [UInt8] { [UInt8](text.utf8) }

    @Test(
        "only the pairs of the list are admitted",
        arguments: [
            ("ann", "secret", true), ("bob", "a:b", true), ("ann", "secre", false),
            ("ann", "secrets", false), ("ann", "a:b", false), ("Ann", "secret", false),
            ("", "secret", false), ("ann", "", false), ("anns", "ecret", false),
        ])
    func pairs(user: String, password: String, isAdmitted: Bool) throws {
        let users = try ProxyUsers.samples

        #expect(
            users.admits(user: Self.bytes(user), password: Self.bytes(password)) == isAdmitted)
    }

    @Test(
        "a list that is wrong says in which line",
        arguments: [
            ("", ProxyUsersError.nobody), ("# a:b\n\n", .nobody), ("a:b\nab\n", .noColon(line: 2)),
            (":b", .badLength(line: 1)), ("a:", .badLength(line: 1)),
            (String(repeating: "a", count: 256) + ":b", .badLength(line: 1)),
            (String(repeating: "a:b\n", count: 1025), .tooMany),
        ] as [(String, ProxyUsersError)])
    func mistakes(text: String, error: ProxyUsersError) {
        #expect(throws: error) { try ProxyUsers(parsing: Self.bytes(text)) }
    }

    @Test("no description has a secret in it")
    func redaction() throws {
        let users = try ProxyUsers.samples

        #expect("\(users) \(String(reflecting: users))" == "<redacted> <redacted>")
    }
}
