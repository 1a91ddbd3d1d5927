import Forwarding
import SRMUDP

/// Decides whether a request may come in at all, before anybody looks at what it wants.
///
/// A page of any site can have its visitor's browser send requests to addresses of this machine. What
/// such requests cannot hide is the name under which the browser knows us (Host, which a site that
/// resolves its own name to our address gives away: "DNS rebinding") and the site that they come from
/// (Origin and Sec-Fetch-Site).
struct WebGuard {
    /// Why a request is not let in.
    enum Refusal: Error, Equatable {
        case noHost
        case host
        case origin
        case crossSite

        var response: HTTPResponse {
            switch self {
            case .noHost:
                .error(400, "missing_host", "there is no Host field")
            case .host:
                .error(
                    421, "forbidden_host",
                    "the Host field names another server; names of this one are listed in "
                        + "web: hosts: of p2pfwd.yaml")
            case .origin:
                .error(
                    403, "forbidden_origin",
                    "scripts of this site are not served here; sites are listed in web: origins: "
                        + "of p2pfwd.yaml")
            case .crossSite:
                .error(403, "cross_site", "a page of another site sends this request")
            }
        }
    }

    let hosts: [String]
    let origins: [String]

    init(_ options: WebOptions) {
        hosts = options.hosts
        origins = options.origins
    }

    /// - Returns: the foreign site that may use this server, if the request comes from one.
    func check(_ head: HTTPRequestHead, from client: HTTPClient) throws(Refusal) -> String? {
        guard let host = head.fields["Host"] else { throw .noHost }
        guard let name = Self.name(ofAuthority: host), isOurs(name, client) else { throw .host }
        let sites = head.fields.values("Origin")
        guard sites.count <= 1 else { throw .origin }
        if let site = sites.first?.lowercased() {
            if origins.contains(site) { return site }
            guard isOurs(site: site, askedFor: host.lowercased(), client) else { throw .origin }
            return nil
        }
        switch head.fields["Sec-Fetch-Site"] {
        case "cross-site": throw .crossSite
        case "same-site" where head.fields["Sec-Fetch-Mode"] != "navigate":
            // A server at another port of this machine is the same site.
            throw .crossSite
        default: return nil
        }
    }

    private func isOurs(_ name: String, _ client: HTTPClient) -> Bool {
        if name == "localhost" || hosts.contains(name) { return true }
        return IPAddress(name) == client.local.ip.scoped(to: 0)
    }

    /// Whether a site is this server: the same one that the request is addressed to, or another of
    /// our names at our port.
    private func isOurs(site: String, askedFor host: String, _ client: HTTPClient) -> Bool {
        let scheme = client.isSecure ? "https://" : "http://"
        guard site.hasPrefix(scheme) else { return false }
        let authority = String(site.dropFirst(scheme.count))
        guard authority != host else { return true }
        guard let name = Self.name(ofAuthority: authority), isOurs(name, client) else {
            return false
        }
        return Self.port(ofAuthority: authority) ?? (client.isSecure ? 443 : 80)
            == client.local.port
    }

    /// The name of `name`, `name:port`, `[address]` or `[address]:port`, in small letters.
    static func name(ofAuthority text: String) -> String? {
        let text = text.lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || isPort(rest) else { return nil }
            let name = String(text[text.index(after: text.startIndex)..<end])
            // Not those of IPv4 in brackets, which no browser writes.
            return IPAddress(name)?.isIPv6 == true ? name : nil
        }
        guard let colon = text.firstIndex(of: ":") else { return text }
        return isPort(text[colon...]) && colon > text.startIndex ? String(text[..<colon]) : nil
    }

    private static func port(ofAuthority text: String) -> UInt16? {
        guard let colon = text.lastIndex(of: ":"), isPort(text[colon...]) else { return nil }
        return UInt16(text[text.index(after: colon)...])
    }

    /// A colon and a port; browsers leave the number out where it is the usual one.
    private static func isPort(_ text: Substring) -> Bool {
        guard text.first == ":" else { return false }
        let digits = text.dropFirst()
        return digits.isEmpty
            || digits.utf8.allSatisfy { (0x30...0x39).contains($0) } && UInt16(digits) != nil
    }
}
