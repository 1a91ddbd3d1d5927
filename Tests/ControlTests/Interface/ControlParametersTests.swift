import Testing

@testable import Control

@Suite("ControlParameters")
struct ControlParametersTests {
    private static func parameters(_ text: String) throws -> ControlParameters {
        ControlParameters(try JSONParser.parse(text))
    }

    private static func mistake(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch {
            return (error as? ControlError)?.message
        }
    }

    @Test("members are read by their kinds")
    func members() throws {
        let parameters = try Self.parameters(
            #"{"peer":"a","count":3,"keep":true,"topics":["x","y"],"settings":{"B":"1","A":"2"}}"#)

        try parameters.expect(["peer", "count", "keep", "topics", "settings", "more"])
        #expect(try parameters.string("peer") == "a")
        #expect(try parameters.integer("count", in: 1...3) == 3)
        #expect(try parameters.flag("keep"))
        #expect(try parameters.strings("topics") == ["x", "y"])
        let settings = try parameters.textMembers("settings")
        #expect(settings.map(\.name) == ["B", "A"] && settings.map(\.value) == ["1", "2"])
        #expect(parameters.has("peer") && !parameters.has("more"))
    }

    @Test("what may be left out may be, and null leaves out")
    func absent() throws {
        let parameters = try Self.parameters(#"{"peer":null}"#)

        #expect(try parameters.optionalString("peer") == nil)
        #expect(try parameters.optionalInteger("count", in: 0...1) == nil)
        #expect(try parameters.optionalStrings("topics") == nil)
        #expect(try !parameters.flag("keep"))
        #expect(try parameters.textMembers("settings").isEmpty)
        #expect(Self.mistake { _ = try parameters.string("peer") } == "params: 'peer' is missing")
    }

    @Test("members that are lists of text are named with their place")
    func stringLists() throws {
        let parameters = try Self.parameters(#"{"peers":{"a":["x","y"],"b":[],"c":[1]},"d":1}"#)
        let good = try Self.parameters(#"{"peers":{"a":["x","y"],"b":[]}}"#)

        let lists = try good.stringListMembers("peers")
        #expect(lists.map(\.name) == ["a", "b"] && lists.map(\.value) == [["x", "y"], []])
        #expect(try good.stringListMembers("none").isEmpty)
        #expect(
            Self.mistake { _ = try parameters.stringListMembers("peers") }
                == "params: 'peers.c[0]' must be text")
        #expect(
            Self.mistake { _ = try parameters.stringListMembers("d") }
                == "params: 'd' must be an object of arrays of text")
    }

    @Test("objects of an array are named with their place")
    func objects() throws {
        let parameters = try Self.parameters(#"{"forwards":[{"kind":"local"},{"kid":1}]}"#)

        let forwards = try parameters.objects("forwards")
        #expect(try forwards[0].string("kind") == "local")
        #expect(
            Self.mistake { try forwards[1].expect(["kind"]) }
                == "params: 'forwards[1].kid' is not known")
        #expect(
            Self.mistake { _ = try forwards[1].string("kid") }
                == "params: 'forwards[1].kid' must be text")
    }

    @Test("values of another kind are refused")
    func kinds() throws {
        let parameters = try Self.parameters(
            #"{"a":1,"b":"x","c":[1],"d":{"e":1},"f":"\u0000","g":1.5,"h":4}"#)

        let mistakes = [
            Self.mistake { _ = try parameters.string("a") },
            Self.mistake { _ = try parameters.integer("b", in: 1...2) },
            Self.mistake { _ = try parameters.flag("a") },
            Self.mistake { _ = try parameters.strings("c") },
            Self.mistake { _ = try parameters.objects("c") },
            Self.mistake { _ = try parameters.textMembers("d") },
            Self.mistake { _ = try parameters.string("f") },
            Self.mistake { _ = try parameters.integer("g", in: 1...2) },
            Self.mistake { _ = try parameters.integer("h", in: 1...3) },
        ]

        #expect(
            mistakes == [
                "params: 'a' must be text", "params: 'b' must be a whole number from 1 to 2",
                "params: 'a' must be true or false", "params: 'c[0]' must be text",
                "params: 'c' must be an array of objects", "params: 'd.e' must be text",
                "params: 'f' must be text without U+0000",
                "params: 'g' must be a whole number from 1 to 2",
                "params: 'h' must be a whole number from 1 to 3",
            ])
    }

    @Test("a mistyped name is noticed")
    func unknown() throws {
        let parameters = try Self.parameters(#"{"per":"a"}"#)

        let error = #expect(throws: ControlError.self) { try parameters.expect(["peer"]) }
        #expect(error?.message == "params: 'per' is not known")
        #expect(error?.commandError.hint == "did you mean 'peer'?")
    }
}
