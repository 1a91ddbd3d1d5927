import SRMUDP

extension ServerMessage {
    /// Type and fields. Blobs must be within `MessageLimits`.
    package var encoded: [UInt8] {
        var writer = MessageFieldWriter(type: kind.rawValue)
        switch self {
        case .welcome(let welcome):
            Self.write(welcome, to: &writer)
        case .incoming(let call, let caller, let wantsRelay, let token, let sealed):
            writer.write(call.value)
            writer.write(caller)
            writer.write(wantsRelay)
            writer.write(token)
            writer.write(blob: sealed, limit: MessageLimits.sealedCandidates)
        case .called(let call, let status, let token, let sealed):
            writer.write(call.value)
            writer.write(status.rawValue)
            writer.write(token)
            writer.write(blob: sealed, limit: MessageLimits.sealedCandidates)
        case .attached(let token, let channel, let isJoined):
            writer.write(token)
            writer.write(channel.number)
            writer.write(isJoined)
        case .joined(let channel):
            writer.write(channel.number)
        case .detached(let channel, let ending):
            writer.write(channel.number)
            writer.write(ending.rawValue)
        case .claimed(let mailbox, let nameplate, let ttl):
            writer.write(mailbox.value)
            writer.write(nameplate.number)
            writer.write(ttl)
        case .entered(let mailbox, let party, let bytes),
            .message(let mailbox, let party, let bytes):
            writer.write(mailbox.value)
            writer.write(party)
            writer.write(blob: bytes)
        case .closed(let mailbox, let ending):
            writer.write(mailbox.value)
            writer.write(ending.rawValue)
        case .refused(let type, let reference, let status):
            writer.write(type)
            writer.write(reference)
            writer.write(status.rawValue)
        case .counters(let text):
            writer.write(blob: [UInt8](text.utf8))
        }
        return writer.bytes
    }

    private static func write(_ welcome: Welcome, to writer: inout MessageFieldWriter) {
        writer.write(version)
        writer.write(welcome.instance)
        writer.write(welcome.observed)
        writer.write(welcome.otherPort ?? 0)
        writer.write(welcome.relays)
        writer.write(welcome.relayRate)
    }

    /// Reads type and fields, of which nothing may be left over.
    package init(decoding bytes: [UInt8]) throws(MessageError) {
        guard let type = bytes.first else { throw .malformed(type: 0) }
        guard let kind = Kind(rawValue: type) else { throw .unknownType(type) }
        var reader = ByteReader(bytes.span.bytes)
        do throws(WireError) {
            try reader.skip(1)
            if kind == .welcome {
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
    ) throws(WireError) -> ServerMessage {
        switch kind {
        case .welcome: return .welcome(try readWelcome(&reader))
        case .incoming:
            return .incoming(
                CallID(try reader.readUInt64()), caller: try reader.readKey(),
                wantsRelay: try reader.readFlag(), token: try reader.readToken(),
                sealed: try reader.readBlob(limit: MessageLimits.sealedCandidates))
        case .called:
            return .called(
                CallID(try reader.readUInt64()), try reader.readCase(RendezvousStatus.self),
                token: try reader.readToken(),
                sealed: try reader.readBlob(limit: MessageLimits.sealedCandidates))
        case .attached:
            guard let token = try reader.readToken() else { throw .invalidValue }
            return .attached(
                token, RelayChannelID(try reader.readUInt64()), isJoined: try reader.readFlag())
        case .joined: return .joined(RelayChannelID(try reader.readUInt64()))
        case .detached:
            return .detached(
                RelayChannelID(try reader.readUInt64()), try reader.readCase(ChannelEnding.self))
        case .claimed:
            return .claimed(
                MailboxID(try reader.readUInt64()), Nameplate(try reader.readUInt32()),
                ttl: try reader.readUInt32())
        case .entered:
            return .entered(
                MailboxID(try reader.readUInt64()), party: try reader.readUInt8(),
                try reader.readBlob())
        case .message:
            return .message(
                MailboxID(try reader.readUInt64()), party: try reader.readUInt8(),
                try reader.readBlob())
        case .closed:
            return .closed(
                MailboxID(try reader.readUInt64()), try reader.readCase(MailboxEnding.self))
        case .refused:
            return .refused(
                type: try reader.readUInt8(), reference: try reader.readUInt64(),
                try reader.readCase(RendezvousStatus.self))
        case .counters:
            guard let text = String(validating: try reader.readBlob(), as: UTF8.self) else {
                throw .invalidValue
            }
            return .counters(text)
        }
    }

    private static func readWelcome(_ reader: inout ByteReader) throws(WireError) -> Welcome {
        let instance = try reader.readUInt64()
        let observed = try reader.readAddress()
        let otherPort = try reader.readUInt16()
        return Welcome(
            instance: instance, observed: observed, otherPort: otherPort == 0 ? nil : otherPort,
            relays: try reader.readFlag(), relayRate: try reader.readUInt32())
    }
}
