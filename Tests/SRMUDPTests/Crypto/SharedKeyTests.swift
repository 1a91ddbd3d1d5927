import SRMUDP
import Testing

@Suite struct SharedKeyTests {
    @Test("a password of eight characters or more becomes a key, always the same")
    func derivation() throws {
        let derived = try SharedKey.derive(password: "maple tundra")

        #expect(derived.count == 32)
        #expect(try SharedKey.derive(password: "maple tundra") == derived)
        #expect(try SharedKey.derive(password: "maple tundrA") != derived)
        #expect(throws: SharedKey.Failure.passwordTooShort) {
            try SharedKey.derive(password: "tundra1")
        }
    }
}
