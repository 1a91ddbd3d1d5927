internal import CWebPages
import SRMUDP

/// A file of the web pages: of the program, not of the disk.
struct WebPage: Equatable {
    /// Where it answers.
    let path: String
    let contentType: String
    let bytes: [UInt8]
    /// Another one for other bytes (RFC 9110 section 8.8.3).
    let entityTag: String

    init(path: String, contentType: String, bytes: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.bytes = bytes
        let digest = SHA256.digest(bytes)
        entityTag = "\"\(TextCoding.base64URL.encode(Array(digest.prefix(12))))\""
    }

    /// All that the program carries.
    static func all() -> [WebPage] {
        var pages: [WebPage] = []
        while let file = cwebpages_file_at(pages.count)?.pointee {
            pages.append(
                WebPage(
                    path: String(cString: file.path),
                    contentType: String(cString: file.content_type),
                    // The data are the program's own, and stay as long as it does.
                    bytes: [UInt8](UnsafeBufferPointer(start: file.bytes, count: file.count))))
        }
        return pages
    }
}
