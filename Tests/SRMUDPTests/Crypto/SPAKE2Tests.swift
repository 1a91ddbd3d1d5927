import TestSupport
import Testing

@testable import SRMUDP

@Suite struct SPAKE2Tests {
    @Test("RFC 9382 appendix B: all four vectors", arguments: SPAKE2Vector.published)
    func published(vector: SPAKE2Vector) throws {
        let (a, b) = vector.parties

        let keysA = try a.finish(with: b.share)
        let keysB = try b.finish(with: a.share)

        #expect(hex(a.share) == vector.shareA)
        #expect(hex(b.share) == vector.shareB)
        #expect(hex(keysA.sharedKey.exposed) == vector.sharedKey)
        #expect(keysA.sharedKey == keysB.sharedKey)
        #expect(hex(keysA.confirmation) == vector.confirmationA)
        #expect(hex(keysB.confirmation) == vector.confirmationB)
        #expect(keysA.confirms(keysB.confirmation) && keysB.confirms(keysA.confirmation))
    }

    @Test("another secret, name or associated data confirms nothing")
    func mismatches() throws {
        let random = SeededRandomSource(seed: 1)
        let secret = SecretBytes(random.bytes(count: 48))
        let context = SPAKE2.Context(identityA: [1], identityB: [2], associatedData: [3])
        let others: [(SecretBytes, SPAKE2.Context)] = [
            (SecretBytes(random.bytes(count: 48)), context),
            (secret, SPAKE2.Context(identityA: [9], identityB: [2], associatedData: [3])),
            (secret, SPAKE2.Context(identityA: [1], identityB: [9], associatedData: [3])),
            (secret, SPAKE2.Context(identityA: [1], identityB: [2], associatedData: [9])),
        ]

        for (otherSecret, otherContext) in others {
            let a = SPAKE2(role: .a, secret: secret, context: context, random: random)
            let b = SPAKE2(role: .b, secret: otherSecret, context: otherContext, random: random)
            let keysA = try a.finish(with: b.share)
            let keysB = try b.finish(with: a.share)

            #expect(!keysA.confirms(keysB.confirmation))
            #expect(!keysB.confirms(keysA.confirmation))
        }
    }

    @Test("our own share sent back to us confirms nothing")
    func reflection() throws {
        let (a, _) = SPAKE2Vector.published[0].parties

        let keys = try a.finish(with: a.share)

        #expect(!keys.confirms(keys.confirmation))
    }

    @Test("every altered confirmation is refused")
    func alteredConfirmations() throws {
        let (a, b) = SPAKE2Vector.published[3].parties
        let keys = try a.finish(with: b.share)
        let confirmation = try b.finish(with: a.share).confirmation

        for bit in 0..<confirmation.count * 8 {
            var altered = confirmation
            altered[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!keys.confirms(altered))
        }
        #expect(!keys.confirms([]) && !keys.confirms(confirmation + [0]))
    }

    @Test("shares that are no points in the uncompressed form are refused")
    func invalidShares() throws {
        let (a, b) = SPAKE2Vector.published[0].parties
        let share = b.share
        var offCurve = share
        offCurve[64] ^= 1
        let prime = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"
        let compressed = [2 + share[64] & 1] + share[1..<33]
        let hybrid = [6 + share[64] & 1] + share[1...]
        let invalid: [[UInt8]] = [
            [], [0], Array(share.dropLast()), share + [0], compressed, hybrid, offCurve,
            [4] + [UInt8](repeating: 0, count: 64), [0] + [UInt8](repeating: 0, count: 64),
            [4] + bytes(hex: prime) + share[33...], [4] + [UInt8](repeating: 0xff, count: 64),
        ]

        for share in invalid {
            #expect(throws: SPAKE2.Failure.invalidShare, "\(hex(share))") {
                try a.finish(with: share)
            }
        }
    }

    @Test("a share without an exponent, which would make the key known, is refused")
    func infinity() throws {
        let vector = SPAKE2Vector.published[0]
        let (a, b) = vector.parties
        let zero = SPAKE2Vector.padded(String(repeating: "0", count: 64))
        func bare(_ role: SPAKE2.Role) -> SPAKE2 {
            SPAKE2(
                role: role, secret: SecretBytes(SPAKE2Vector.padded(vector.secret)),
                context: vector.context, random: ScriptedRandomSource(zero))
        }

        #expect(throws: SPAKE2.Failure.invalidShare) { try a.finish(with: bare(.b).share) }
        #expect(throws: SPAKE2.Failure.invalidShare) { try b.finish(with: bare(.a).share) }
    }

    @Test("the Wycheproof points are judged as they should be")
    func wycheproof() throws {
        let group = SPAKE2Group()
        for test in PublishedVectors.wycheproof("wycheproof_ecdh_secp256r1_ecpoint_test.json") {
            let point = group.point(test.bytes("public"))
            guard let point else {
                #expect(!test.isValid, "\(test.name)")
                continue
            }
            #expect(test.isValid, "\(test.name)")
            let scalar = group.scalar(reducing: SecretBytes(test.bytes("private")))
            let product = group.encode(group.product(scalar, point)) ?? []
            #expect(Array(product.dropFirst().prefix(32)) == test.bytes("shared"), "\(test.name)")
        }
    }

    @Test("nothing secret shows")
    func redaction() throws {
        let (a, b) = SPAKE2Vector.published[0].parties
        let keys = try a.finish(with: b.share)
        var dumped = ""

        dump(a, to: &dumped)
        dump(keys, to: &dumped)

        #expect("\(a) \(keys) \(dumped)".count < 200)
    }
}

/// A vector of RFC 9382 appendix B for P256-SHA256-HKDF-HMAC; all of them without associated data.
struct SPAKE2Vector: CustomTestStringConvertible, Sendable {
    let identityA: String
    let identityB: String
    let secret: String
    let exponentA: String
    let exponentB: String
    let shareA: String
    let shareB: String
    let sharedKey: String
    let confirmationA: String
    let confirmationB: String

    var testDescription: String { "A='\(identityA)', B='\(identityB)'" }

    var context: SPAKE2.Context {
        SPAKE2.Context(identityA: [UInt8](identityA.utf8), identityB: [UInt8](identityB.utf8))
    }

    var parties: (SPAKE2, SPAKE2) {
        (party(.a, exponent: exponentA), party(.b, exponent: exponentB))
    }

    private func party(_ role: SPAKE2.Role, exponent: String) -> SPAKE2 {
        SPAKE2(
            role: role, secret: SecretBytes(Self.padded(secret)), context: context,
            random: ScriptedRandomSource(Self.padded(exponent)))
    }

    /// A scalar of 32 bytes as 48, which are reduced to it.
    static func padded(_ scalar: String) -> [UInt8] {
        [UInt8](repeating: 0, count: 16) + bytes(hex: scalar)
    }

    static let published = [
        SPAKE2Vector(
            identityA: "server", identityB: "client",
            secret: "2ee57912099d31560b3a44b1184b9b4866e904c49d12ac5042c97dca461b1a5f",
            exponentA: "43dd0fd7215bdcb482879fca3220c6a968e66d70b1356cac18bb26c84a78d729",
            exponentB: "dcb60106f276b02606d8ef0a328c02e4b629f84f89786af5befb0bc75b6e66be",
            shareA: "04a56fa807caaa53a4d28dbb9853b9815c61a411118a6fe516a8798434751470f9"
                + "010153ac33d0d5f2047ffdb1a3e42c9b4e6be662766e1eeb4116988ede5f912c",
            shareB: "0406557e482bd03097ad0cbaa5df82115460d951e3451962f1eaf4367a420676d0"
                + "9857ccbc522686c83d1852abfa8ed6e4a1155cf8f1543ceca528afb591a1e0b7",
            sharedKey: "0e0672dc86f8e45565d338b0540abe69",
            confirmationA: "58ad4aa88e0b60d5061eb6b5dd93e80d9c4f00d127c65b3b35b1b5281fee38f0",
            confirmationB: "d3e2e547f1ae04f2dbdbf0fc4b79f8ecff2dff314b5d32fe9fcef2fb26dc459b"),
        SPAKE2Vector(
            identityA: "", identityB: "client",
            secret: "0548d8729f730589e579b0475a582c1608138ddf7054b73b5381c7e883e2efae",
            exponentA: "403abbe3b1b4b9ba17e3032849759d723939a27a27b9d921c500edde18ed654b",
            exponentB: "903023b6598908936ea7c929bd761af6039577a9c3f9581064187c3049d87065",
            shareA: "04a897b769e681c62ac1c2357319a3d363f610839c4477720d24cbe32f5fd85f44"
                + "fb92ba966578c1b712be6962498834078262caa5b441ecfa9d4a9485720e918a",
            shareB: "04e0f816fd1c35e22065d5556215c097e799390d16661c386e0ecc84593974a61b"
                + "881a8c82327687d0501862970c64565560cb5671f696048050ca66ca5f8cc7fc",
            sharedKey: "642f05c473c2cd79909f9a841e2f30a7",
            confirmationA: "47d29e6666af1b7dd450d571233085d7a9866e4d49d2645e2df975489521232b",
            confirmationB: "3313c5cefc361d27fb16847a91c2a73b766ffa90a4839122a9b70a2f6bd1d6df"),
        SPAKE2Vector(
            identityA: "server", identityB: "",
            secret: "626e0cdc7b14c9db3e52a0b1b3a768c98e37852d5db30febe0497b14eae8c254",
            exponentA: "07adb3db6bc623d3399726bfdbfd3d15a58ea776ab8a308b00392621291f9633",
            exponentB: "b6a4fc8dbb629d4ba51d6f91ed1532cf87adec98f25dd153a75accafafedec16",
            shareA: "04f88fb71c99bfffaea370966b7eb99cd4be0ff1a7d335caac4211c4afd855e2e1"
                + "5a873b298503ad8ba1d9cbb9a392d2ba309b48bfd7879aefd0f2cea6009763b0",
            shareB: "040c269d6be017dccb15182ac6bfcd9e2a14de019dd587eaf4bdfd353f031101e7"
                + "cca177f8eb362a6e83e7d5e729c0732e1b528879c086f39ba0f31a9661bd34db",
            sharedKey: "005184ff460da2ce59062c87733c299c",
            confirmationA: "bc9f9bbe99f26d0b2260e6456e05a86196a3307ec6663a18bf6ac825736533b2",
            confirmationB: "c2370e1bf813b086dff0d834e74425a06e6390f48f5411900276dcccc5a297ec"),
        SPAKE2Vector(
            identityA: "", identityB: "",
            secret: "7bf46c454b4c1b25799527d896508afd5fc62ef4ec59db1efb49113063d70cca",
            exponentA: "8cef65df64bb2d0f83540c53632de911b5b24b3eab6cc74a97609fd659e95473",
            exponentB: "d7a66f64074a84652d8d623a92e20c9675c61cb5b4f6a0063e4648a2fdc02d53",
            shareA: "04a65b367a3f613cf9f0654b1b28a1e3a8a40387956c8ba6063e8658563890f46c"
                + "a1ef6a676598889fc28de2950ab8120b79a5ef1ea4c9f44bc98f585634b46d66",
            shareB: "04589f13218822710d98d8b2123a079041052d9941b9cf88c6617ddb2fcc049466"
                + "2eea8ba6b64692dc318250030c6af045cb738bc81ba35b043c3dcb46adf6f58d",
            sharedKey: "fc6374762ba5cf11f4b2caa08b2cd1b9",
            confirmationA: "dfb4db8d48ae5a675963ea5e6c19d98d4ea028d8e898dad96ea19a80ade95dca",
            confirmationB: "d0f0609d1613138d354f7e95f19fb556bf52d751947241e8c7118df5ef0ae175"),
    ]
}
