import TestSupport
import Testing

@testable import SRMUDP

@Suite struct TLSContextTests {
    private static func error(certificate: String, key: String) -> TLSError? {
        do throws(TLSError) {
            _ = try TLSContext.server(
                certificateFile: TestCertificates.path(certificate),
                keyFile: TestCertificates.path(key))
            return nil
        } catch {
            return error
        }
    }

    @Test(
        "a file that cannot be used is named with its fault",
        arguments: [
            ("missing.pem", "server.key", "missing.pem: No such file or directory"),
            ("server.key", "server.key", "server.key: there is no certificate in PEM form"),
            ("server.pem", "missing.key", "missing.key: No such file or directory"),
            ("server.pem", "authority.pem", "authority.pem: there is no key in PEM form"),
            (
                "server.pem", "other.key",
                "other.key: the key does not belong to the certificate"
            ),
            ("server.pem", "protected.key", "protected.key: the key is protected by a passphrase"),
        ])
    func files(certificate: String, key: String, expected: String) {
        let error = Self.error(certificate: certificate, key: key)

        #expect(error?.description.hasSuffix(expected) == true, "\(String(describing: error))")
    }

    @Test("a list of authorities that is not there is an error")
    func authorities() {
        #expect(throws: TLSError.self) {
            try TLSContext.client(trusting: .file(TestCertificates.path("missing.pem")))
        }
    }
}
