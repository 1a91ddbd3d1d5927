/// What the network in between does (`path.netcheck`), in lines.
struct NetworkText {
    let result: JSONValue

    var lines: [String] {
        var lines: [String] = []
        for server in result["servers"]?.arrayValue ?? [] {
            lines.append("\(server.textMember("server")):")
            lines += facts(of: server).map { "  \($0)" }
        }
        for failure in result["failures"]?.arrayValue ?? [] {
            lines.append("\(failure.textMember("server")): \(failure.textMember("reason"))")
        }
        for router in result["routers"]?.arrayValue ?? [] {
            let outcome =
                router["external"]?.stringValue.map {
                    "forwards \($0) (\(router.textMember("protocol")))"
                } ?? router.textMember("reason")
            lines.append("router \(router.textMember("router")): \(outcome)")
        }
        let word = result["ipv6"]?.boolValue == true ? "a" : "no"
        return lines + ["This machine has \(word) global IPv6 address."]
    }

    private func facts(of server: JSONValue) -> [String] {
        if server["blocked"]?.boolValue == true { return ["UDP does not pass"] }
        var facts: [String] = []
        func add(_ name: String, _ text: String?) {
            if let text { facts.append("\(name): \(text)") }
        }
        func yesOrNo(_ name: String) -> String? {
            server[name]?.boolValue.map { $0 ? "yes" : "no" }
        }
        add("seen at", server["observed"]?.stringValue)
        add("mapping", server["mapping"]?.stringValue)
        add("filtering", server["filtering"]?.stringValue)
        add("keeps ports", yesOrNo("keepsPort"))
        add("hairpin", yesOrNo("hairpin"))
        add("round trip", server.numberMember("rttMicroseconds").map(Quantities.milliseconds))
        add("path MTU", server.numberMember("pathMTU").map { "\($0)" })
        return facts
    }
}
