import Testing

@testable import Control

@Suite("JSONParser")
struct JSONParserTests {
    private static func failure(_ text: String) -> JSONError? {
        failure([UInt8](text.utf8))
    }

    private static func failure(_ bytes: [UInt8]) -> JSONError? {
        do throws(JSONError) {
            _ = try JSONParser.parse(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test("values of every kind are read, with space around their parts")
    func values() throws {
        let text = " { \"a\" : [ 1 , -0 , 2.5 , 1e3,true,false,null ] ,\t\"b\":{}, \"c\":[]}\r\n"

        let value = try JSONParser.parse(text)

        #expect(value["a"]?.arrayValue?.count == 7)
        #expect(
            value.text == #"{"a":[1,0,2.5,1000.0,true,false,null],"b":{},"c":[]}"#)
    }

    @Test("escapes become what they stand for")
    func escapes() throws {
        let text = #""\"\\\/\b\f\n\r\t\u00fC\ud83d\uDE00\u0000""#

        let value = try JSONParser.parse(text)

        #expect(value == .string("\"\\/\u{8}\u{c}\n\r\tü\u{1f600}\u{0}"))
    }

    @Test("integers have 64 bits, decimals are finite")
    func numbers() throws {
        #expect(try JSONParser.parse("9223372036854775807") == .number(.max))
        #expect(try JSONParser.parse("-9223372036854775808") == .number(.min))
        #expect(Self.failure("9223372036854775808") == JSONError(offset: 0, .numberTooLarge))
        #expect(Self.failure("[1e400]") == JSONError(offset: 1, .numberTooLarge))
        #expect(try JSONParser.parse("1E-2") == .decimal(0.01))
    }

    @Test(
        "what is not JSON is refused where it stops being it",
        arguments: [
            ("", 0, .unexpectedEnd), ("[", 1, .unexpectedEnd), ("[1,]", 3, .unexpectedByte),
            ("{\"a\":1,}", 7, .unexpectedByte), ("{a:1}", 1, .unexpectedByte),
            ("{\"a\" 1}", 5, .unexpectedByte), ("[1 2]", 3, .unexpectedByte),
            ("nul", 3, .unexpectedEnd), ("nulL", 3, .unexpectedByte), ("NaN", 0, .unexpectedByte),
            ("01", 1, .trailingBytes), ("1.", 2, .unexpectedEnd), (".5", 0, .unexpectedByte),
            ("+1", 0, .unexpectedByte), ("-", 1, .unexpectedEnd), ("1e+", 3, .unexpectedEnd),
            ("0x1", 1, .trailingBytes), ("{} {}", 3, .trailingBytes), ("'a'", 0, .unexpectedByte),
            ("\"a", 2, .unexpectedEnd), ("\"\n\"", 1, .controlCharacter),
            (#""\x""#, 1, .unknownEscape), (#""\u12g4""#, 5, .unknownEscape),
            (#""\u12"#, 5, .unexpectedEnd), ("{\"a\":1,\"a\":2}", 7, .duplicateName),
            (#"{"a":1,"\u0061":2}"#, 7, .duplicateName), ("\u{feff}1", 0, .unexpectedByte),
        ] as [(String, Int, JSONError.Reason)])
    func refusals(text: String, offset: Int, reason: JSONError.Reason) {
        #expect(Self.failure(text) == JSONError(offset: offset, reason))
    }

    @Test(
        "half a surrogate pair is refused",
        arguments: [
            #""\ud800""#, #""\udc00""#, #""\ud800x""#, #""\ud800\n""#, #""\ud800\ud800""#,
            #""\udc00\ud800""#,
        ])
    func surrogates(text: String) {
        #expect(Self.failure(text) == JSONError(offset: 1, .loneSurrogate))
    }

    @Test("bytes that are not UTF-8 are refused, surrogates among them")
    func encoding() {
        for bytes: [UInt8] in [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80]] {
            #expect(Self.failure([0x22] + bytes + [0x22])?.reason == .invalidUTF8)
        }
    }

    @Test("nesting has 32 levels at most, of either kind")
    func depth() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }

        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            _ = try JSONParser.parse(nested(32, open, close))
            #expect(Self.failure(nested(33, open, close))?.reason == .tooDeep)
            #expect(Self.failure(nested(10_000, open, close))?.reason == .tooDeep)
        }
    }

    @Test("an error says what and where")
    func description() {
        #expect("\(JSONError(offset: 7, .duplicateName))" == "a name occurs twice at byte 7")
    }
}
