/// What somebody wants a new token to be.
///
///     {"label":"demo","expires":3600,"uses":1,"links":[...],"peers":{...},"methods":[...],"metrics":false}
///
/// Everything may be left out.
package struct WebTokenRequest: Equatable {
    static let memberNames = ["label", "expires", "uses"] + WebPermissions.memberNames

    /// How long a token may live, in seconds: up to 30 days. Ten minutes if nothing is said.
    static let lifeRange: ClosedRange<Int64> = 1...2_592_000
    static let defaultLife: Int64 = 600
    static let useRange: ClosedRange<Int64> = 1...1_000_000
    static let labelLimit = 64

    package var label: String?
    package var seconds: Int64 = Self.defaultLife
    package var uses: Int64?
    package var permissions = WebPermissions()

    package init() {}

    package init(_ parameters: ControlParameters) throws(ControlError) {
        try parameters.expect(Self.memberNames)
        label = try Self.label(parameters)
        seconds = try parameters.optionalInteger("expires", in: Self.lifeRange) ?? Self.defaultLife
        uses = try parameters.optionalInteger("uses", in: Self.useRange)
        permissions = try WebPermissions(parameters)
    }

    /// Reads the body of a request; an empty one asks for what a token is by itself.
    package init(body: [UInt8]) throws(ControlError) {
        guard !body.isEmpty else {
            self.init()
            return
        }
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(body)
        } catch {
            throw .notJSON("\(error)")
        }
        guard value.members != nil else { throw .invalidParameters("it must be an object") }
        try self.init(ControlParameters(value))
    }

    /// The request as it would be written.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [("expires", .number(seconds))]
        if let label { members.append(("label", .string(label))) }
        if let uses { members.append(("uses", .number(uses))) }
        return .object(members + permissions.members)
    }

    /// The member `label`: a line that people read.
    static func label(_ parameters: ControlParameters) throws(ControlError) -> String? {
        guard let label = try parameters.optionalString("label") else { return nil }
        let isLine = label.unicodeScalars.allSatisfy {
            $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value)
        }
        guard isLine, (1...labelLimit).contains(label.utf8.count) else {
            throw .invalidParameters(
                "'label' must be a line of 1 to \(labelLimit) bytes")
        }
        return label
    }
}
