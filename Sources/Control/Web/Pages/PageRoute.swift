import Forwarding

/// Answers with a web page, or that the browser has it already.
final class PageRoute: WebRoute {
    /// What a page may do: load what this server has, and talk to it. Nothing in a page that came
    /// from elsewhere would be run, even if it got in.
    private static let contentSecurityPolicy = [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'",
        "connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    ].joined(separator: "; ")

    private let page: WebPage

    init(_ page: WebPage) { self.page = page }

    func handle(_ exchange: HTTPExchange, _ visitor: WebVisitor) {
        exchange.answer(answer(to: exchange.head))
    }

    /// 304 where an entity tag of `If-None-Match` is that of the page (RFC 9110 section 13.1.2).
    func answer(to head: HTTPRequestHead) -> HTTPResponse {
        let fields = HTTPFields([
            // Kept, but asked about each time: another version of the program has other pages.
            "Cache-Control": "no-cache", "ETag": page.entityTag,
            "Content-Security-Policy": Self.contentSecurityPolicy,
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
        ])
        let isKnown = head.fields.elements("If-None-Match").contains {
            $0 == "*" || $0 == page.entityTag || $0 == "W/\(page.entityTag)"
        }
        guard !isKnown else { return HTTPResponse(status: 304, fields: fields) }
        var response = HTTPResponse(status: 200, fields: fields, body: page.bytes)
        response.fields.append("Content-Type", page.contentType)
        return response
    }
}
