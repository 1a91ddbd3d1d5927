import Forwarding
import Testing

@testable import Control

@Suite struct ForwardLineTests {
    @Test(
        "the lines of ssh are understood",
        arguments: [
            ("-L 8080:localhost:80", .add(.local, "8080:localhost:80")),
            ("-L8080:localhost:80", .add(.local, "8080:localhost:80")),
            ("  L 8080:localhost:80  ", .add(.local, "8080:localhost:80")),
            ("-R 9000:localhost:3000", .add(.remote, "9000:localhost:3000")),
            ("-D 1080", .add(.dynamic, "1080")), ("-KL 8080", .cancel(.local, "8080")),
            ("-KR [::1]:9000", .cancel(.remote, "[::1]:9000")),
            ("KD1080", .cancel(.dynamic, "1080")), ("-KL", .cancel(.local, "")),
            ("", .nothing), ("  ", .nothing), ("?", .help), ("-?", .help), ("-h", .help),
            ("help", .help), ("-X 1", .invalid), ("-", .invalid), ("-K", .invalid),
            ("sessions", .invalid),
        ] as [(String, ForwardLine)])
    func lines(line: String, meaning: ForwardLine) {
        #expect(ForwardLine(line) == meaning)
    }
}
