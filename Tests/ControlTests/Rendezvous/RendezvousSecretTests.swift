import SRMUDP
import Testing

@testable import Control

@Suite struct RendezvousSecretTests {
    @Test("the secrets are those of other implementations")
    func vectors() {
        // Made with the hmac and hashlib modules of Python.
        let open = "d26be2d9bd3ba4a5a917c3055b692ad5e731411d9368d487f51f812104d0e561"
        let derived = "19c28a81e077f60ec4caecb04f9587ba95a25963188667d3d3371c04de32d3cb"
        let password = SecretBytes([UInt8]("correct horse".utf8))

        #expect(hexadecimal(RendezvousSecret.open) == open)
        #expect(
            hexadecimal(RendezvousSecret.derive(password: password, server: MessageSamples.key))
                == derived)
    }

    private func hexadecimal(_ secret: SecretBytes) -> String {
        secret.exposed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
