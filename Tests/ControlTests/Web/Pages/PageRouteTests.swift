import Forwarding
import Foundation
import Testing

@testable import Control

@Suite struct PageRouteTests {
    private static let pages = WebPage.all()
    private static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func page(_ path: String) throws -> WebPage {
        try #require(Self.pages.first { $0.path == path })
    }

    private func answer(_ page: WebPage, ifNoneMatch tags: String? = nil) -> HTTPResponse {
        var head = HTTPRequestHead(method: "GET", target: page.path)
        if let tags { head.fields.append("If-None-Match", tags) }
        return PageRoute(page).answer(to: head)
    }

    @Test("the program carries the files of the sources, and the client that others use")
    func files() throws {
        let folder = Self.root.appending(path: "Sources/Control/Web/Pages/Files")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        for name in names {
            let path = ["index.html": "/", "console.html": "/console"][name] ?? "/\(name)"
            let file = try Data(contentsOf: folder.appending(path: name))
            #expect(try page(path).bytes == [UInt8](file), "\(name)")
        }
        let client = Self.root.appending(path: "clients/javascript/p2pfwd.js")
        #expect(try page("/client.js").bytes == [UInt8](Data(contentsOf: client)))
        #expect(Self.pages.count == names.count + 1)
    }

    @Test("nothing in the pages comes from elsewhere, and nothing stands inline")
    func selfContained() throws {
        for page in Self.pages where page.contentType.hasPrefix("text/html") {
            let text = String(decoding: page.bytes, as: UTF8.self)
            #expect(!text.contains("://"), "\(page.path)")
            #expect(!text.contains("style=") && !text.contains("<style"), "\(page.path)")
            #expect(!text.contains(#/<script[^>]*>[^<]/#) && !text.contains(#/ on[a-z]+=/#))
        }
        let style = String(decoding: try page("/style.css").bytes, as: UTF8.self)
        #expect(!style.contains("url(") && !style.contains("@import"))
    }

    @Test("a page says what it is, and what it may do")
    func fields() throws {
        let response = answer(try page("/"))
        #expect(response.status == 200)
        #expect(response.body.starts(with: "<!doctype html>".utf8))
        #expect(response.fields["Content-Type"] == "text/html; charset=utf-8")
        let policy = try #require(response.fields["Content-Security-Policy"])
        #expect(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"))
        #expect(!policy.contains("unsafe") && !policy.contains("*"))
    }

    @Test("a page that is known already is not sent again")
    func notModified() throws {
        let page = try page("/style.css")
        for tags in [page.entityTag, "W/\(page.entityTag)", "\"x\", \(page.entityTag)", "*"] {
            let response = answer(page, ifNoneMatch: tags)
            #expect(response.status == 304 && response.body.isEmpty, "\(tags)")
            #expect(response.fields["ETag"] == page.entityTag)
        }
        #expect(answer(page, ifNoneMatch: "\"x\"").status == 200)
        #expect(try self.page("/plot.js").entityTag != page.entityTag)
    }
}
