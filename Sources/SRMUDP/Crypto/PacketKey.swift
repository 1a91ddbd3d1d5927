/// Protects the packets of one direction under one traffic secret.
///
/// Key and initialisation vector come from the secret by HKDF-Expand with the labels "key" (32
/// bytes) and "iv" (12 bytes). A packet's nonce is the vector XOR its packet number, written as
/// four
/// zero bytes and 64 big-endian bits (RFC 9001 section 5.3). Works in place and allocates nothing.
package struct PacketKey: ~Copyable {
    /// Bytes that sealing adds behind the payload.
    package static let tagLength = AES256GCM.tagLength

    private var cipher: AES256GCM
    private let vector: InlineArray<3, UInt32>

    /// - Parameter secret: a traffic secret of 32 bytes.
    package init(secret: SecretBytes) {
        cipher = AES256GCM(key: HKDF.expand(secret, label: "key", count: AES256GCM.keyLength))
        vector = HKDF.expand(secret, label: "iv", count: AES256GCM.nonceLength)
            .withUnsafeBytes { bytes in
                InlineArray { bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
            }
    }

    /// Encrypts `payload` in place and writes the tag into the 16 bytes behind it.
    ///
    /// `header` is authenticated as it stands; it lies before `payload`.
    package mutating func seal(
        _ storage: inout ByteStorage, header: Range<Int>, payload: Range<Int>, packetNumber: UInt64
    ) {
        precondition(header.upperBound <= payload.lowerBound, "the header comes first")
        var nonce = nonce(for: packetNumber)
        let whole = header.lowerBound..<payload.upperBound + Self.tagLength
        let start = header.lowerBound
        withUnsafeBytes(of: &nonce) { nonce in
            storage.withUnsafeMutableBytes(whole) { bytes in
                let data = bytes[payload.lowerBound - start..<payload.upperBound - start]
                cipher.seal(
                    UnsafeMutableRawBufferPointer(rebasing: data),
                    tag: UnsafeMutableRawBufferPointer(
                        rebasing: bytes[(payload.upperBound - start)...]),
                    nonce: nonce,
                    associatedData: UnsafeRawBufferPointer(rebasing: bytes[..<header.count]))
            }
        }
    }

    /// The same for a payload of which parts are borrowed: they are encrypted to their places.
    mutating func seal(
        _ storage: inout ByteStorage, header: Range<Int>, payload: Range<Int>,
        borrowed: borrowing BorrowedList, packetNumber: UInt64
    ) {
        guard !borrowed.isEmpty else {
            return seal(&storage, header: header, payload: payload, packetNumber: packetNumber)
        }
        begin(storage, header: header, packetNumber: packetNumber)
        var position = payload.lowerBound
        for index in 0..<borrowed.count {
            let loan = borrowed[index]
            sealInPlace(&storage, position..<loan.position)
            position = loan.end
            storage.withUnsafeMutableBytes(loan.position..<position) { output in
                guard let start = output.baseAddress else { return }
                loan.block.storage.withUnsafeBytes(loan.range) {
                    cipher.update(from: $0, to: start)
                }
            }
        }
        sealInPlace(&storage, position..<payload.upperBound)
        let tag = payload.upperBound..<payload.upperBound + Self.tagLength
        storage.withUnsafeMutableBytes(tag) { cipher.finish(tag: $0) }
    }

    private mutating func begin(
        _ storage: borrowing ByteStorage, header: Range<Int>, packetNumber: UInt64
    ) {
        var nonce = nonce(for: packetNumber)
        withUnsafeBytes(of: &nonce) { nonce in
            storage.withUnsafeBytes(header) { cipher.begin(nonce: nonce, associatedData: $0) }
        }
    }

    private mutating func sealInPlace(_ storage: inout ByteStorage, _ range: Range<Int>) {
        guard !range.isEmpty else { return }
        storage.withUnsafeMutableBytes(range) { bytes in
            guard let start = bytes.baseAddress else { return }
            cipher.update(from: UnsafeRawBufferPointer(bytes), to: start)
        }
    }

    /// Decrypts `sealed`, which ends with the tag, in place; the payload is all of it but the tag.
    ///
    /// - Returns: false for anything that was not sealed with this key, header and packet number;
    ///   the bytes of `sealed` are then rubbish.
    package mutating func open(
        _ storage: inout ByteStorage, header: Range<Int>, sealed: Range<Int>, packetNumber: UInt64
    ) -> Bool {
        precondition(header.upperBound <= sealed.lowerBound, "the header comes first")
        guard sealed.count >= Self.tagLength else { return false }
        var nonce = nonce(for: packetNumber)
        let start = header.lowerBound
        let tagStart = sealed.upperBound - Self.tagLength - start
        return withUnsafeBytes(of: &nonce) { nonce in
            storage.withUnsafeMutableBytes(start..<sealed.upperBound) { bytes in
                cipher.open(
                    UnsafeMutableRawBufferPointer(
                        rebasing: bytes[sealed.lowerBound - start..<tagStart]),
                    tag: UnsafeMutableRawBufferPointer(rebasing: bytes[tagStart...]),
                    nonce: nonce,
                    associatedData: UnsafeRawBufferPointer(rebasing: bytes[..<header.count]))
            }
        }
    }

    private func nonce(for packetNumber: UInt64) -> InlineArray<3, UInt32> {
        [
            vector[0],
            vector[1] ^ UInt32(truncatingIfNeeded: packetNumber >> 32).bigEndian,
            vector[2] ^ UInt32(truncatingIfNeeded: packetNumber).bigEndian,
        ]
    }
}
