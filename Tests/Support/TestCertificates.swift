/// Certificates and keys for tests, valid for a hundred years unless their name says otherwise.
///
/// `server.pem` is for `localhost`, `*.p2pfwd.test`, 127.0.0.1 and ::1, and signed through an
/// intermediate by `authority.pem`. All certificates have the key `server.key`.
package enum TestCertificates {
    package static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/Certificates/\(name)"
    }
}
