import SRMUDP
import TestSupport
import Testing

@testable import Control

@Suite struct ConfigurationReaderTests {
    /// What `files`, the first of which is `/c/config`, say about a peer: `Key value` each.
    private func read(
        _ text: String, for peer: String = "homebox", files: [String: String] = [:]
    ) throws(CommandError) -> [String] {
        var surroundings = Surroundings(
            variable: { ["HOME": "/home/ann"][$0] }, service: { _ in nil })
        surroundings.userName = "ann"
        surroundings.hostName = "laptop.example"
        surroundings.readFile = { (path) throws(FileError) in
            path == "/c/config" ? [UInt8](text.utf8) : files[path].map { [UInt8]($0.utf8) }
        }
        var reader = ConfigurationReader(peer: peer, surroundings: surroundings)
        return try reader.read("/c/config", isRequired: true).map {
            "\($0.key.rawValue) \($0.value)"
        }
    }

    private func error(_ text: String, files: [String: String] = [:]) -> String {
        do throws(CommandError) {
            _ = try read(text, files: files)
            return ""
        } catch {
            #expect(error.exitCode == .usage)
            return error.description
        }
    }

    @Test("blocks hold for the peers that match")
    func blocks() throws {
        let text = """
            # for all
            Hold 1m
            Host home* !homeless
                LocalForward 8080 localhost:80
            Host attic
                LocalForward 9090 localhost:90
            Match host home*,x localuser ann
                connecttimeout=7
            Match all
                TellAddresses no
            """

        #expect(
            try read(text) == [
                "Hold 1m", "LocalForward 8080 localhost:80", "ConnectTimeout 7", "TellAddresses no",
            ])
        #expect(
            try read(text, for: "homeless") == ["Hold 1m", "ConnectTimeout 7", "TellAddresses no"])
        #expect(
            try read(text, for: "attic") == [
                "Hold 1m", "LocalForward 9090 localhost:90", "TellAddresses no",
            ])
    }

    @Test("files take in others where they stand, with tokens in their names")
    func includes() throws {
        let files = [
            "/c/more": "Hold 2m\nHost other\nHold 3m", "/x/homebox": "Offload no",
            "/home/ann/own": "LogLevel debug\n",
        ]
        let text =
            "Include more /x/%n\nInclude ~/own missing\nHost other\nInclude more\nHost *\nHold 4m"

        #expect(
            try read(text, files: files) == ["Hold 2m", "Offload no", "LogLevel DEBUG", "Hold 4m"])
    }

    @Test("endless inclusion is refused")
    func loops() {
        #expect(error("Include config").contains("too many files include each other"))
        let wide = "Include a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a"
        #expect(error(wide, files: ["/c/a": wide]).contains("include"))
    }

    @Test("keys to be passed over are named by IgnoreUnknown")
    func ignored() throws {
        let text = "IgnoreUnknown use*,HostName\nUseKeychain yes\nHostName h\nHold 1m"

        #expect(try read(text) == ["Hold 1m"])
    }

    @Test("what ssh has and we do not is passed over in other peers' blocks")
    func foreignBlocks() throws {
        #expect(try read("Host other\nHostName h\nUser u\nHost homebox\nHold 1m") == ["Hold 1m"])
    }

    @Test(
        "mistakes are told with their place",
        arguments: [
            ("Hold 1m\nHolt 1m", "/c/config:2: unknown key 'Holt'"), ("Hold", "it has no value"),
            ("\n\nHold 1x", "/c/config:3 Hold: '1x' is no value of it"),
            ("Hold 1m 2m", "'2m' is one word too many"), ("Host", "names no peer"),
            ("HostName h", "it has no meaning here"), ("Match", "no condition"),
            ("Match exec x", "'exec' is no condition that is known"),
            ("Match host", "needs a pattern"), ("Include %z", "unknown token"),
            ("Hold \"1m", "a quote without its end"), ("Hold \0", "this is no text"),
            ("StrictHostKeyChecking no", "pair first"),
            ("Compression yes", "nothing is compressed"),
            ("SessionType subsystem", "only 'none'"), ("RequestTTY force", "no terminal"),
            ("Host other\nHolt 1m", "unknown key"),
        ])
    func mistakes(text: String, expected: String) {
        let error = error(text)

        #expect(error.contains(expected), "\(error)")
    }

    @Test("no text stops the reader")
    func randomTexts() {
        let seed = SystemRandomSource().next()
        print("seed \(seed)")
        let random = SeededRandomSource(seed: seed)
        let pieces = [
            "Host ", "Match ", "all", "Include config", "Hold", "=", " ", "\n", "\r\n", "\"", "'",
            "\\", "#", "1m", "*", "%", "LocalForward ", "8080 h:80", "ü", "\t", "IgnoreUnknown *",
        ]
        for _ in 0..<5_000 {
            let text = (0...random.next(below: 12)).map { _ in
                pieces[Int(random.next(below: UInt64(pieces.count)))]
            }.joined()
            do throws(CommandError) {
                _ = try read(text)
            } catch {
                #expect(error.exitCode == .usage)
            }
        }
    }
}
