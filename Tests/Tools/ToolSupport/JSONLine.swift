/// A flat JSON object on one line, its members in the order in which they were added.
package struct JSONLine: CustomStringConvertible {
    private var members: [String] = []

    package var description: String { "{" + members.joined(separator: ",") + "}" }

    package init() {}

    package mutating func add(_ name: String, _ value: Int) { addRaw(name, String(value)) }
    package mutating func add(_ name: String, _ value: Bool) { addRaw(name, String(value)) }

    /// Rounded to `digits` decimals; what is not finite becomes null.
    package mutating func add(_ name: String, _ value: Double, digits: Int = 3) {
        guard value.isFinite else { return addRaw(name, "null") }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        addRaw(name, String((value * scale).rounded() / scale))
    }

    /// The value must need no escaping: names, addresses and digests do not.
    package mutating func add(_ name: String, _ value: String) { addRaw(name, "\"\(value)\"") }

    package mutating func add(_ name: String, _ value: JSONLine) { addRaw(name, "\(value)") }

    private mutating func addRaw(_ name: String, _ value: String) {
        members.append("\"\(name)\":\(value)")
    }
}
