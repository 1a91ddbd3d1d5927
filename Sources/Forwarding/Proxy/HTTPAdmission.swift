import SRMUDP

/// The proxy's side of HTTP: CONNECT (RFC 9110 section 9.3.6), and requests that name their server by
/// a whole URL (RFC 9112 section 3.2.2), with user and password in the Basic scheme (RFC 7617) where
/// they are asked for.
///
/// It reads one head; `reset` prepares it for the next one.
package struct HTTPAdmission {
    /// More than a server would take from a browser full of cookies.
    package static let lengthLimit = 32_768
    package static let fieldLimit = 128

    private let users: ProxyUsers?
    private var reader = Self.newReader

    package init(users: ProxyUsers?) { self.users = users }

    static var newReader: HTTPHeadReader {
        HTTPHeadReader(lengthLimit: lengthLimit, fieldLimit: fieldLimit)
    }

    /// Whether nothing of a head has come yet.
    package var isIdle: Bool { reader.isEmpty }

    package mutating func reset() { reader = Self.newReader }

    package mutating func step(_ queue: inout ByteQueue) throws(ProxyRefusal) -> ProxyStep {
        let head: HTTPRequestHead
        do throws(HTTPHeadError) {
            try reader.receive(from: &queue)
            guard reader.isComplete else { return .incomplete }
            head = try reader.request()
        } catch {
            throw .http(.malformed, status: error.status, "\(error)")
        }
        try checkCredentials(head.fields)
        if head.method == "CONNECT" {
            guard let target = HostPort(authority: head.target[...], defaultPort: nil) else {
                throw .http(.badTarget, status: 400, "CONNECT wants host:port")
            }
            return .request(.connect(target, .http))
        }
        return .request(.exchange(try HTTPProxyRequest(head, lines: reader.fieldLines)))
    }

    private func checkCredentials(_ fields: HTTPFields) throws(ProxyRefusal) {
        guard let users else { return }
        let challenge = HTTPFields(["Proxy-Authenticate": "Basic realm=\"p2pfwd\""])
        guard let text = fields["Proxy-Authorization"] else {
            throw .http(
                .credentialsNeeded, status: 407, "this proxy wants a user and a password",
                challenge)
        }
        let words = text.split(separator: " ")
        var isKnown = false
        if words.count == 2, HTTPFields.isSame(String(words[0]), "Basic"),
            let pair = Base64.decode(String(words[1])),
            let colon = pair.firstIndex(of: UInt8(ascii: ":"))
        {
            isKnown = users.admits(
                user: [UInt8](pair[..<colon]), password: [UInt8](pair[(colon + 1)...]))
        }
        guard isKnown else {
            throw .http(
                .wrongCredentials, status: 407, "this user and password are not known here",
                challenge)
        }
    }
}

extension ProxyRefusal {
    /// A refusal with a whole response that says why.
    static func http(
        _ reason: Reason, status: Int, _ text: String, _ fields: HTTPFields = HTTPFields()
    ) -> ProxyRefusal {
        ProxyRefusal(
            reason,
            answer: HTTPResponseHead.refusal(
                status: status, because: "p2pfwd: \(text)", fields: fields))
    }
}

extension HostPort {
    /// `host:port` of a URL (RFC 3986 section 3.2) without a user; IPv6 has brackets.
    ///
    /// - Parameter defaultPort: for a text without a port; nil if it has to have one.
    init?(authority text: Substring, defaultPort: UInt16?) {
        var host = text
        var rest = Substring()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<end]
            rest = text[text.index(after: end)...]
            guard IPAddress(host)?.isIPv6 == true else { return nil }
        } else if let colon = text.firstIndex(of: ":") {
            host = text[..<colon]
            rest = text[colon...]
        }
        // It becomes the Host of the request, which has fewer letters than RFC 3986 gives to names.
        guard HTTPHeadReader.isHost(text), !text.contains("#") else { return nil }
        guard !rest.isEmpty else {
            guard let defaultPort else { return nil }
            self.init(host: String(host), port: defaultPort)
            return
        }
        let digits = rest.dropFirst()
        guard rest.hasPrefix(":"), (1...5).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let port = UInt16(digits)
        else { return nil }
        self.init(host: String(host), port: port)
    }
}
