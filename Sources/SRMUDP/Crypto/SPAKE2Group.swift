internal import COpenSSL

/// The group of SPAKE2: the points of the curve P-256 (FIPS 186-4), whose order is prime.
///
/// A short-lived calculator: it owns the curve and OpenSSL's scratch numbers, makes scalars and
/// points, and goes when its operation is done. Products with secret scalars take the same time
/// whatever the scalar.
struct SPAKE2Group: ~Copyable {
    /// Bytes of a scalar, big-endian.
    static let scalarLength = 32
    /// Bytes of a point: 04, then both coordinates (SEC 1 section 2.3.3, uncompressed).
    static let pointLength = 65

    private let curve: SPAKE2Curve
    private let scratch: SPAKE2Scratch

    init() {
        curve = SPAKE2Curve()
        scratch = SPAKE2Scratch()
    }

    // MARK: Scalars

    /// `bytes` as a big-endian number modulo the order of the group; 48 bytes of key material leave
    /// a bias below 2^-128.
    func scalar(reducing bytes: SecretBytes) -> SPAKE2Scalar {
        let scalar = SPAKE2Scalar()
        let wide = SPAKE2Scalar()
        let loaded = bytes.withUnsafeBytes { memory in
            BN_bin2bn(
                memory.baseAddress?.assumingMemoryBound(to: UInt8.self), Int32(memory.count),
                wide.handle)
        }
        let status = BN_nnmod(
            scalar.handle, wide.handle, EC_GROUP_get0_order(curve.handle), scratch.handle)
        precondition(loaded != nil && status == 1, "arithmetic on memory cannot fail")
        return scalar
    }

    // MARK: Points

    /// Reads an uncompressed point; nil for other lengths and forms, coordinates out of range, and
    /// what is not on the curve. The point at infinity has no such form.
    func point(_ bytes: [UInt8]) -> SPAKE2Point? {
        guard bytes.count == Self.pointLength, bytes[0] == 4 else { return nil }
        return decode(bytes)
    }

    /// A constant of the protocol, which may be written in the compressed form.
    func constant(_ bytes: [UInt8]) -> SPAKE2Point {
        guard let point = decode(bytes) else {
            preconditionFailure("the constants of RFC 9382 are on the curve")
        }
        return point
    }

    /// The uncompressed form; nil for the point at infinity.
    func encode(_ point: borrowing SPAKE2Point) -> [UInt8]? {
        guard EC_POINT_is_at_infinity(curve.handle, point.handle) == 0 else { return nil }
        var bytes = [UInt8](repeating: 0, count: Self.pointLength)
        let written = EC_POINT_point2oct(
            curve.handle, point.handle, POINT_CONVERSION_UNCOMPRESSED, &bytes, bytes.count,
            scratch.handle)
        precondition(written == bytes.count, "a point has 65 bytes")
        return bytes
    }

    /// `scalar` times the generator of the group.
    func generatorProduct(_ scalar: borrowing SPAKE2Scalar) -> SPAKE2Point {
        let result = SPAKE2Point(curve.handle)
        let status = EC_POINT_mul(
            curve.handle, result.handle, scalar.handle, nil, nil, scratch.handle)
        precondition(status == 1, "arithmetic on memory cannot fail")
        return result
    }

    func product(
        _ scalar: borrowing SPAKE2Scalar, _ point: borrowing SPAKE2Point
    ) -> SPAKE2Point {
        let result = SPAKE2Point(curve.handle)
        let status = EC_POINT_mul(
            curve.handle, result.handle, nil, point.handle, scalar.handle, scratch.handle)
        precondition(status == 1, "arithmetic on memory cannot fail")
        return result
    }

    func sum(_ left: borrowing SPAKE2Point, _ right: borrowing SPAKE2Point) -> SPAKE2Point {
        let result = SPAKE2Point(curve.handle)
        let status = EC_POINT_add(
            curve.handle, result.handle, left.handle, right.handle, scratch.handle)
        precondition(status == 1, "arithmetic on memory cannot fail")
        return result
    }

    func difference(_ left: borrowing SPAKE2Point, _ right: consuming SPAKE2Point) -> SPAKE2Point {
        let status = EC_POINT_invert(curve.handle, right.handle, scratch.handle)
        precondition(status == 1, "arithmetic on memory cannot fail")
        return sum(left, right)
    }

    private func decode(_ bytes: [UInt8]) -> SPAKE2Point? {
        let point = SPAKE2Point(curve.handle)
        let status = EC_POINT_oct2point(
            curve.handle, point.handle, bytes, bytes.count, scratch.handle)
        guard status == 1 else {
            // A stranger's mistake must not stay in the thread's error queue: TLS would take it for
            // its own.
            ERR_clear_error()
            return nil
        }
        return point
    }
}

/// A number modulo the order of the group. Wiped when it goes.
struct SPAKE2Scalar: ~Copyable {
    fileprivate let handle: OpaquePointer

    fileprivate init() {
        guard let handle = BN_secure_new() else { preconditionFailure("no memory") }
        BN_set_flags(handle, BN_FLG_CONSTTIME)
        self.handle = handle
    }

    deinit { BN_clear_free(handle) }

    /// 32 bytes, big-endian.
    var bytes: SecretBytes {
        SecretBytes(count: SPAKE2Group.scalarLength) { memory in
            let written = BN_bn2binpad(
                handle, memory.baseAddress?.assumingMemoryBound(to: UInt8.self),
                Int32(memory.count))
            precondition(written == Int32(memory.count), "a scalar has 32 bytes")
        }
    }
}

/// A point of the group. Wiped when it goes, for some of them are secret.
struct SPAKE2Point: ~Copyable {
    fileprivate let handle: OpaquePointer

    fileprivate init(_ curve: OpaquePointer) {
        guard let handle = EC_POINT_new(curve) else { preconditionFailure("no memory") }
        self.handle = handle
    }

    deinit { EC_POINT_clear_free(handle) }
}

/// Owns an `EC_GROUP`.
struct SPAKE2Curve: ~Copyable {
    let handle: OpaquePointer

    init() {
        guard let handle = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1) else {
            preconditionFailure("OpenSSL has no P-256")
        }
        self.handle = handle
    }

    deinit { EC_GROUP_free(handle) }
}

/// Owns a `BN_CTX`: scratch numbers for the functions above, wiped when it goes.
struct SPAKE2Scratch: ~Copyable {
    let handle: OpaquePointer

    init() {
        guard let handle = BN_CTX_secure_new() else { preconditionFailure("no memory") }
        self.handle = handle
    }

    deinit { BN_CTX_free(handle) }
}
