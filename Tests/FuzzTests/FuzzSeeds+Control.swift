extension FuzzSeeds {
    /// For `ControlLineFuzzer`: who reads, a size of pieces, and lines.
    static var controlLines: [(name: String, input: [UInt8])] {
        let requests: [(String, String)] = [
            ("info", #"{"jsonrpc":"2.0","id":1,"method":"node.info","params":{}}"#),
            ("quiet", #"{"jsonrpc":"2.0","method":"node.stop","params":{"now":true}}"#),
            (
                "parameters",
                #"{"jsonrpc":"2.0","id":"x","method":"m","params":{"a":3,"b":{"A":"1"},"#
                    + #""c":[{"a":["x"],"b":false,"c":"y"},{"c":"\u0000"}]}}"#
            ),
            ("unknown", #"{"jsonrpc":"2.0","id":null,"method":"m","params":{"aa":null}}"#),
            ("batch", #"[{"jsonrpc":"2.0","id":1,"method":"m"}]"#),
            ("array", #"{"jsonrpc":"2.0","id":1,"method":"m","params":[1,2]}"#),
            ("numbers", #"{"a":[0,-1,9223372036854775807,9223372036854775808,1.5e-3,1e400]}"#),
            ("strings", #"{"\u00e4":"\ud83d\ude00\n\/","b":"\ud800","b":"ü"}"#),
            ("deep", String(repeating: "[", count: 33) + String(repeating: "]", count: 33)),
            ("spaces", " {\t\"jsonrpc\" : \"2.0\" , \"id\" : 1,\r\"method\":\"m\" } "),
            ("long", #"{"jsonrpc":"2.0","method":""# + String(repeating: "m", count: 400)),
        ]
        let answers: [(String, String)] = [
            ("result", #"{"jsonrpc":"2.0","id":1,"result":{"pid":4711,"flows":[]}}"#),
            (
                "error",
                #"{"jsonrpc":"2.0","id":1,"error":{"code":3,"message":"peer 'a': unknown","#
                    + #""data":{"what":"peer 'a'","why":"unknown","hint":"try b"}}}"#
            ),
            ("busy", #"{"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"busy"}}"#),
            ("event", #"{"jsonrpc":"2.0","method":"event","params":{"topic":"session"}}"#),
            ("both", #"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#),
        ]
        let two = requests[0].1 + "\n" + requests[1].1
        let more = [("two", two), ("junk", "\u{0}\u{1}\n{\n\n\"")]
        let read = (requests + more).map { ($0.0, controlInput(0, $0.1)) }
        return read + answers.map { ($0.0, controlInput(1, $0.1)) }
    }

    private static func controlInput(_ reader: UInt8, _ text: String) -> [UInt8] {
        [reader, 16] + [UInt8](text.utf8) + [10]
    }
}
