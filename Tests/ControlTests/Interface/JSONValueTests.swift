import Testing

@testable import Control

@Suite("JSONValue")
struct JSONValueTests {
    @Test("strings are escaped")
    func strings() {
        #expect(JSONValue.string("a\"\\\n\r\t\u{1}\u{7f}ü").text == #""a\"\\\n\r\t\u0001\u007fü""#)
    }

    @Test("members keep their order, and nothing is between the parts")
    func parts() {
        let value = JSONValue.object([
            ("b", .array([.null, .bool(true), .number(-1)])), ("a", .decimal(0.5)),
        ])

        #expect(value.text == #"{"b":[null,true,-1],"a":0.5}"#)
    }

    @Test("decimals are written so that they are read again, or as null")
    func decimals() throws {
        for decimal in [0.1, -2.5e-300, 1e300, 3.0] {
            #expect(try JSONParser.parse(JSONValue.decimal(decimal).text) == .decimal(decimal))
        }
        #expect(JSONValue.decimal(.nan).text == "null")
        #expect(JSONValue.decimal(.infinity).text == "null")
    }

    @Test("a value is looked into by its kind only")
    func kinds() {
        let value = JSONValue.object([("a", .number(1)), ("b", .string("x")), ("c", .null)])

        #expect(value["a"]?.integerValue == 1 && value["a"]?.decimalValue == 1)
        #expect(value["a"]?.stringValue == nil && value["a"]?.boolValue == nil)
        #expect(value["b"]?.stringValue == "x" && value["b"]?.integerValue == nil)
        #expect(value["c"]?.isNull == true && value["d"] == nil)
        #expect(value.members?.count == 3 && value.arrayValue == nil)
        #expect(JSONValue.array([])["a"] == nil)
    }

    @Test("values are equal if they are written alike")
    func equality() {
        let value = JSONValue.object([("a", .array([.decimal(1), .bool(false)])), ("b", .null)])

        #expect(value == value)
        #expect(value != .object([("b", .null), ("a", .array([.decimal(1), .bool(false)]))]))
        #expect(JSONValue.number(1) != .decimal(1))
    }
}
