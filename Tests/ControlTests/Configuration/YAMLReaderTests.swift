import Testing

@testable import Control

@Suite struct YAMLReaderTests {
    /// The tree as one line: `{a: [1, 'two']}`, with quotes around what is not plain.
    private func shape(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isPlain): isPlain ? text : "'\(text)'"
        case .list(let items): "[" + items.map(shape).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key): \(shape($0.value))" }.joined(separator: ", ") + "}"
        }
    }

    private func read(_ text: String) throws -> String? {
        try YAMLReader.read([UInt8](text.utf8)).map(shape)
    }

    private func error(_ bytes: [UInt8]) -> ConfigurationError? {
        do throws(ConfigurationError) {
            _ = try YAMLReader.read(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("mappings, lists and text are read in all their styles")
    func styles() throws {
        let text = """
            # a comment
            a: 1
            b: [x, "y: z", '*']
            c:
              - d: {e: f}
              - >-
                folded
                text
            g: localhost:80
            """

        #expect(
            try read(text)
                == "{a: 1, b: [x, 'y: z', '*'], c: [{d: {e: f}}, 'folded text'], g: localhost:80}")
    }

    @Test("a text without values is nothing", arguments: ["", "\n", "# only a comment\n", "---\n"])
    func nothing(text: String) throws {
        #expect(try read(text) == nil)
    }

    @Test("every value knows its place")
    func places() throws {
        let root = try #require(try YAMLReader.read([UInt8]("ü: 1\nb:\n  - x\n".utf8)))
        guard case .mapping(let entries) = root.content,
            case .list(let items) = entries[1].value.content
        else {
            Issue.record("no mapping")
            return
        }

        #expect(entries[0].value.place == TextPlace(line: 1, column: 4))
        #expect(entries[1].place == TextPlace(line: 2, column: 1))
        #expect(items[0].place == TextPlace(line: 3, column: 5))
    }

    @Test(
        "what makes files hard to understand is refused with its place",
        arguments: [
            ("a: &x 1\nb: *x\n", "1:4", "anchors"), ("a: *x\n", "1:4", "aliases"),
            ("a: !!int 1\n", "1:4", "tags"), ("a: !x [1]\n", "1:4", "tags"),
            ("a: 1\n<<: {b: 2}\n", "2:1", "merge keys"), ("a: 1\nb: 2\na: 3\n", "3:1", "twice"),
            ("a: 1\n---\nb: 2\n", "2:1", "second document"),
            ("? [a]\n: 1\n", "1:3", "a list as a key"), ("? {a: 1}\n: 1\n", "1:3", "as a key"),
            ("? ~\n: 1\n", "1:3", "nothing as a key"), ("a: [1\n", "2:1", "no YAML"),
            ("a: b: c\n", "1:5", "no YAML"), ("a: \"\\0\"\n", "1:4", "control characters"),
            ("a: |\n  x\n  y\n", "1:4", "one line"), ("\ta: 1\n", "1:1", "no YAML"),
        ])
    func refused(text: String, place: String, why: String) throws {
        let found = try #require(error([UInt8](text.utf8)))

        #expect(found.why.contains(why), "\(found)")
        #expect("\(found.place)" == place)
    }

    @Test(
        "what is no text of ours is refused with its place",
        arguments: [
            ([0x61, 0x3a, 0x20, 0xff], "1:4", "not valid UTF-8"),
            ([0x61, 0x0a, 0xc3, 0xbc, 0xc3], "2:2", "not valid UTF-8"),
            ([0xef, 0xbb, 0xbf, 0x61], "1:1", "byte order mark"),
            ([0xff, 0xfe, 0x61, 0], "1:1", "not valid UTF-8"),
            ([0x61, 0x3a, 0x20, 0x31, 0x0d, 0x0a], "1:5", "carriage return"),
            ([0x61, 0x0a, 0x62, 0], "2:2", "U+0000"), ([0x1b], "1:1", "U+001B"),
            ([0xe2, 0x80, 0xa8], "1:1", "U+2028"),
        ] as [([UInt8], String, String)])
    func notText(bytes: [UInt8], place: String, why: String) throws {
        let found = try #require(error(bytes))

        #expect(found.why.contains(why), "\(found)")
        #expect("\(found.place)" == place)
    }

    @Test("depth is bounded, and what is deeper is refused before it is read to its end")
    func depth() throws {
        let limit = YAMLReader.depthLimit
        let deepest =
            String(repeating: "[", count: limit) + "x" + String(repeating: "]", count: limit)
        #expect(try read(deepest) != nil)

        for text in [
            String(repeating: "[", count: 500_000), String(repeating: "{a: ", count: 200_000),
            String(repeating: "- ", count: 500_000),
            (0..<700).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
        ] {
            #expect(try #require(error([UInt8](text.utf8))).why.contains("levels in each other"))
        }
    }

    @Test("the number of values is bounded")
    func values() throws {
        let limit = YAMLReader.valueLimit
        #expect(try read("[" + String(repeating: "1,", count: limit - 1) + "]") != nil)

        let text = "[" + String(repeating: "1,", count: limit) + "]"
        #expect(try #require(error([UInt8](text.utf8))).why.contains("more than"))
    }

    @Test("a nest of aliases grows into nothing")
    func aliasBomb() throws {
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for index in 1..<30 {
            let names = (0..<9).map { _ in "*a\(index - 1)" }.joined(separator: ", ")
            text += "a\(index): &a\(index) [\(names)]\n"
        }

        #expect(try #require(error([UInt8](text.utf8))).why == "anchors are not read")
    }
}
