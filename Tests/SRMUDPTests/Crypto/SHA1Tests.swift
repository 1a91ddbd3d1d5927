import SRMUDP
import Testing

@Suite struct SHA1Tests {
    @Test("RFC 3174 section 7.3, first and second tests")
    func published() {
        let message = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

        #expect(
            hex(SHA1.digest([UInt8]("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            hex(SHA1.digest([UInt8](message.utf8))) == "84983e441c3bd26ebaae4aa1f95129e5e54670f1")
    }
}
