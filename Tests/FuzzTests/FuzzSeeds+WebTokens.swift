extension FuzzSeeds {
    /// For `WebTokenFuzzer`: which of the two, and text.
    static var webTokens: [(name: String, input: [UInt8])] {
        let bodies: [(String, String)] = [
            ("empty", ""), ("object", "{}"),
            ("plain", #"{"label":"demo","expires":3600,"uses":1,"metrics":true}"#),
            ("links", #"{"links":["192.0.2.0/24:5000-6000","[2001:db8::1]:*","*.a.example:7"]}"#),
            ("none", #"{"links":["none"],"peers":{"a":[]}}"#),
            ("peers", #"{"peers":{"homebox":["localhost:80","any","/run/x*.sock"]}}"#),
            ("methods", #"{"methods":["path.*","!path.why","*._ping","_ping"]}"#),
            ("unknown", #"{"expire":1,"private_key":"0x1"}"#),
            ("strange", #"{"label":"\ud83d\ude00 \u0000","expires":1e400,"uses":-1}"#),
            ("deep", #"{"links":"# + String(repeating: "[", count: 33)),
        ]
        let queries: [(String, String)] = [
            ("query", "token=abc-_&remote_host=192.0.2.7&remote_port=5000&encryption_key=a+b%21"),
            ("twice", "token=a&token=a"), ("escapes", "a=%41%zz&%=1&b=%ff%00"),
            ("nameless", "=1&&a&b=="), ("many", String(repeating: "a=1&", count: 40)),
        ]
        return bodies.map { ($0.0, [0] + [UInt8]($0.1.utf8)) }
            + queries.map { ($0.0, [1] + [UInt8]($0.1.utf8)) }
    }
}
