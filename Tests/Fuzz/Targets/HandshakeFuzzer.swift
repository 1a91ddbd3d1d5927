import SRMUDP
import TestSupport

/// Handshake messages that were damaged but carry a right mac1, so that what lies behind the first
/// check is reached.
///
/// Input: one byte that chooses the message and whether its mac1 is made right, then edits of three
/// bytes each: an offset and what is XORed there. Nothing damaged may be believed, and the genuine
/// message must still work afterwards.
package enum HandshakeFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let choice = input.byte()
        let fixesMAC = choice & 0x80 != 0
        let length = choice & 0x40 != 0 ? input.number() : nil
        switch choice & 0x03 {
        case 0: damageInitiation(&input, fixesMAC: fixesMAC, length: length)
        case 1: damageResponse(&input, fixesMAC: fixesMAC, length: length)
        case 2: damageCookie(&input, length: length)
        default: openAnything(input.rest())
        }
    }

    private static func damageInitiation(_ input: inout FuzzInput, fixesMAC: Bool, length: Int?) {
        let world = HandshakeWorld()
        let genuine = world.initiator.initiation
        var damaged = edited(genuine, &input, length: length)
        if fixesMAC { world.fixMAC(&damaged, before: 1168, receiver: world.responderKey.publicKey) }
        var handshakeGuard = HandshakeGuard(
            keys: world.responderKeys, random: world.random, now: world.now)
        let source = SocketAddress.simulated(host: 9).encoded
        switch handshakeGuard.admit(damaged, source: source, now: world.now) {
        case .process:
            let opened = ResponderHandshake.open(damaged, keys: world.responderKeys)
            let isUntouched = damaged[..<1168] == genuine[..<1168]
            precondition((opened != nil) == isUntouched, "a damaged INITIATION was believed")
        case .drop: break
        case .reply(let answer):
            precondition(answer.count <= damaged.count, "an answer is longer than its trigger")
        }
    }

    private static func damageResponse(_ input: inout FuzzInput, fixesMAC: Bool, length: Int?) {
        let world = HandshakeWorld()
        guard let genuine = world.response() else { preconditionFailure("no response") }
        var damaged = edited(genuine, &input, length: length)
        if fixesMAC {
            world.fixMAC(
                &damaged, before: damaged.count - 16, receiver: world.initiatorKey.publicKey)
        }
        let isUntouched = damaged == genuine
        let outcome = world.initiator.handleResponse(damaged)
        precondition((outcome != nil) == isUntouched, "a damaged RESPONSE was believed")
        if !isUntouched {
            precondition(
                world.initiator.handleResponse(genuine) != nil, "the genuine RESPONSE came too late"
            )
        }
    }

    private static func damageCookie(_ input: inout FuzzInput, length: Int?) {
        let world = HandshakeWorld()
        guard let genuine = world.cookie() else { preconditionFailure("no cookie") }
        let damaged = edited(genuine, &input, length: length)
        let isTaken = world.initiator.handleCookie(damaged)
        precondition(isTaken == (damaged == genuine), "a damaged COOKIE was believed")
        precondition(world.initiator.handleCookie(genuine), "the genuine COOKIE came too late")
    }

    private static func openAnything(_ bytes: [UInt8]) {
        let world = HandshakeWorld()
        var handshakeGuard = HandshakeGuard(
            keys: world.responderKeys, random: world.random, now: world.now)
        let source = SocketAddress.simulated(host: 9).encoded
        if case .process = handshakeGuard.admit(bytes, source: source, now: world.now) {
            _ = ResponderHandshake.open(bytes, keys: world.responderKeys)
        }
        precondition(world.initiator.handleResponse(bytes) == nil)
        precondition(!world.initiator.handleCookie(bytes))
    }

    private static func edited(
        _ genuine: [UInt8], _ input: inout FuzzInput, length: Int?
    ) -> [UInt8] {
        var bytes = genuine
        if let length {
            let length = length % 1500
            bytes = [UInt8](bytes.prefix(length))
            bytes += [UInt8](repeating: 0, count: length - bytes.count)
        }
        while !input.isAtEnd, !bytes.isEmpty {
            let offset = input.number() % bytes.count
            bytes[offset] ^= input.byte()
        }
        return bytes
    }
}
