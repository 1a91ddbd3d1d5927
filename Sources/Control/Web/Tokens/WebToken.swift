import SRMUDP

/// A token that opens doors of the web endpoint, as the node remembers it: without its text.
package struct WebToken: Equatable {
    /// The first characters of the digest, in base64url: names the token, and opens nothing.
    package let id: String
    /// SHA-256 of the text.
    package let digest: [UInt8]
    package let label: String?
    package let expiry: UnixTime
    /// How often it may still be used; nil: as often as one likes.
    package let usesLeft: Int64?
    package let permissions: WebPermissions
    /// What the file has about it, made once: each change writes all lines.
    let line: String

    /// How many bytes of the digest the ID shows: 72 bits.
    private static let idLength = 9
    /// Random bytes in the text, which is these in base64url.
    static let secretLength = 32

    init(
        digest: [UInt8], label: String?, expiry: UnixTime, usesLeft: Int64?,
        permissions: WebPermissions
    ) {
        precondition(digest.count == SHA256.length, "a digest has 32 bytes")
        id = TextCoding.base64URL.encode(Array(digest.prefix(Self.idLength)))
        self.digest = digest
        self.label = label
        self.expiry = expiry
        self.usesLeft = usesLeft
        self.permissions = permissions
        var members: [JSONValue.Member] = [
            ("digest", .string(TextCoding.base64URL.encode(digest))),
            ("expires", .string("\(expiry)")),
        ]
        if let label { members.append(("label", .string(label))) }
        if let usesLeft { members.append(("uses", .number(usesLeft))) }
        line = JSONValue.object(members + permissions.members).text
    }

    static func digest(of text: String) -> [UInt8] { SHA256.digest([UInt8](text.utf8)) }

    /// The token after one more use; nil if that was the last one.
    var used: WebToken? {
        guard let usesLeft else { return self }
        guard usesLeft > 1 else { return nil }
        return WebToken(
            digest: digest, label: label, expiry: expiry, usesLeft: usesLeft - 1,
            permissions: permissions)
    }

    /// What is told of it.
    var members: [JSONValue.Member] {
        [
            ("id", .string(id)), ("label", .optional(label)), ("expires", .string("\(expiry)")),
            ("uses", .optional(usesLeft)),
        ] + permissions.allMembers
    }
}

// A line of the file, such as
//
//     {"digest":"<43 base64url characters>","expires":"2026-11-27T08:43:51Z","uses":1,"metrics":true}
extension WebToken {
    private static let memberNames = ["digest", "label", "expires", "uses"]

    init(line: String) throws(TextLines.Complaint) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(line)
        } catch {
            throw .init("\(error)")
        }
        guard value.members != nil else { throw .init("it is not an object") }
        let parameters = ControlParameters(value)
        do throws(ControlError) {
            try parameters.expect(Self.memberNames + WebPermissions.memberNames)
            guard
                let digest = TextCoding.base64URL.decode(try parameters.string("digest")),
                digest.count == SHA256.length
            else { throw .invalidParameters("'digest' is not one of SHA-256") }
            guard let expiry = UnixTime(try parameters.string("expires")) else {
                throw .invalidParameters("'expires' is not a time")
            }
            self.init(
                digest: digest, label: try WebTokenRequest.label(parameters), expiry: expiry,
                usesLeft: try parameters.optionalInteger("uses", in: WebTokenRequest.useRange),
                permissions: try WebPermissions(parameters))
        } catch {
            throw .init(error.why)
        }
    }
}
