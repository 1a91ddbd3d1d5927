import SRMUDP

/// What a client tells its rendezvous server.
///
/// Type and fields, big-endian; `blob` is length 2 and bytes, `text` length 1 and UTF-8. What is
/// not explained here stands at the type of the field. On the stream a length goes before it
/// (`MessageFraming`).
///
///     01 HELLO    version 1 | flags 1 (bit 0: may be called by peers) | label text
///     02 CALL     call 8 | callee key 32 | flags 1 (bit 0: wants a relay) | sealed candidates blob
///     03 ANSWER   call 8 | status 1 (ok or refusedByPeer) | sealed candidates blob
///     04 ATTACH   token 32
///     05 DETACH   channel 8
///     06 CLAIM    ttl 4 (seconds, 1...86400) | uses 1 (1...16)
///     07 JOIN     nameplate 4 | first pairing message blob
///     08 POST     mailbox 8 | party 1 (a joiner; 0: the issuer) | pairing message blob
///     09 BURN     mailbox 8 | ending 1 (finished, wrongCode or withdrawn)
///     0a STATUS   nothing
package enum ClientMessage: Equatable, Sendable {
    /// The first message of a connection.
    case hello(isCallable: Bool, label: String)
    /// Asks for a peer to be told our candidates, and to tell us its own.
    case call(CallID, callee: PublicKey, wantsRelay: Bool, sealed: [UInt8])
    /// Says yes, with our candidates, or no to INCOMING.
    case answer(CallID, isAccepted: Bool, sealed: [UInt8])
    /// Shows a token to get our side of the channel.
    case attach(RelayToken)
    case detach(RelayChannelID)
    /// Asks for a nameplate that lives for so many seconds and is good for so many pairings.
    case claim(ttl: UInt32, uses: UInt8)
    case join(Nameplate, first: [UInt8])
    case post(MailboxID, party: UInt8, [UInt8])
    case burn(MailboxID, MailboxEnding)
    /// Asks for COUNTERS.
    case status

    package static let version: UInt8 = 1
    /// For how long a code may be open, in seconds.
    package static let ttlRange: ClosedRange<UInt32> = 1...86_400
    /// How many pairings one code may be good for.
    package static let usesRange: ClosedRange<UInt8> = 1...16

    /// The first byte of a message.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case hello = 0x01
        case call = 0x02
        case answer = 0x03
        case attach = 0x04
        case detach = 0x05
        case claim = 0x06
        case join = 0x07
        case post = 0x08
        case burn = 0x09
        case status = 0x0a
    }

    package var kind: Kind {
        switch self {
        case .hello: .hello
        case .call: .call
        case .answer: .answer
        case .attach: .attach
        case .detach: .detach
        case .claim: .claim
        case .join: .join
        case .post: .post
        case .burn: .burn
        case .status: .status
        }
    }

    /// Type and fields. Blobs must be within `MessageLimits`.
    package var encoded: [UInt8] {
        var writer = MessageFieldWriter(type: kind.rawValue)
        switch self {
        case .hello(let isCallable, let label):
            writer.write(Self.version)
            writer.write(isCallable)
            writer.write(text: label)
        case .call(let call, let callee, let wantsRelay, let sealed):
            writer.write(call.value)
            writer.write(callee)
            writer.write(wantsRelay)
            writer.write(blob: sealed, limit: MessageLimits.sealedCandidates)
        case .answer(let call, let isAccepted, let sealed):
            writer.write(call.value)
            writer.write((isAccepted ? RendezvousStatus.ok : .refusedByPeer).rawValue)
            writer.write(blob: sealed, limit: MessageLimits.sealedCandidates)
        case .attach(let token):
            writer.write(token)
        case .detach(let channel):
            writer.write(channel.number)
        case .claim(let ttl, let uses):
            writer.write(ttl)
            writer.write(uses)
        case .join(let nameplate, let first):
            writer.write(nameplate.number)
            writer.write(blob: first)
        case .post(let mailbox, let party, let bytes):
            writer.write(mailbox.value)
            writer.write(party)
            writer.write(blob: bytes)
        case .burn(let mailbox, let ending):
            writer.write(mailbox.value)
            writer.write(ending.rawValue)
        case .status:
            break
        }
        return writer.bytes
    }

    /// Reads type and fields, of which nothing may be left over.
    package init(decoding bytes: [UInt8]) throws(MessageError) {
        guard let type = bytes.first else { throw .malformed(type: 0) }
        guard let kind = Kind(rawValue: type) else { throw .unknownType(type) }
        var reader = ByteReader(bytes.span.bytes)
        do throws(WireError) {
            try reader.skip(1)
            if kind == .hello {
                let version = try reader.readUInt8()
                guard version == Self.version else { throw .unknownFrame }
            }
            self = try Self.read(kind, &reader)
            guard reader.isAtEnd else { throw .invalidValue }
        } catch {
            throw error == .unknownFrame
                ? .unsupportedVersion(bytes[1]) : .malformed(type: type)
        }
    }

    private static func read(
        _ kind: Kind, _ reader: inout ByteReader
    ) throws(WireError) -> ClientMessage {
        switch kind {
        case .hello:
            return .hello(isCallable: try reader.readFlag(), label: try reader.readText())
        case .call:
            return .call(
                CallID(try reader.readUInt64()), callee: try reader.readKey(),
                wantsRelay: try reader.readFlag(),
                sealed: try reader.readBlob(limit: MessageLimits.sealedCandidates))
        case .answer:
            let call = CallID(try reader.readUInt64())
            let status = try reader.readCase(RendezvousStatus.self)
            guard status == .ok || status == .refusedByPeer else { throw .invalidValue }
            return .answer(
                call, isAccepted: status == .ok,
                sealed: try reader.readBlob(limit: MessageLimits.sealedCandidates))
        case .attach:
            guard let token = try reader.readToken() else { throw .invalidValue }
            return .attach(token)
        case .detach:
            return .detach(RelayChannelID(try reader.readUInt64()))
        case .claim:
            let ttl = try reader.readUInt32()
            let uses = try reader.readUInt8()
            guard ttlRange.contains(ttl), usesRange.contains(uses) else { throw .invalidValue }
            return .claim(ttl: ttl, uses: uses)
        case .join:
            return .join(Nameplate(try reader.readUInt32()), first: try reader.readBlob())
        case .post:
            return .post(
                MailboxID(try reader.readUInt64()), party: try reader.readUInt8(),
                try reader.readBlob())
        case .burn:
            let mailbox = MailboxID(try reader.readUInt64())
            let ending = try reader.readCase(MailboxEnding.self)
            guard ending.isForParties else { throw .invalidValue }
            return .burn(mailbox, ending)
        case .status:
            return .status
        }
    }
}
