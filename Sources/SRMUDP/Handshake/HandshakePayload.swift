/// What the initiator says inside its first message.
///
///     instance 8 | ticket ID 16, zero: none | reset token 16 | length 2 | parameters | zeros
struct InitiationPayload {
    static let fixedLength = 8 + 16 + 16 + 2

    var instance: UInt64
    var ticketID: [UInt8]?
    var resetToken: [UInt8]
    var parameters: TransportParameters

    init(
        instance: UInt64, ticketID: [UInt8]?, resetToken: [UInt8], parameters: TransportParameters
    ) {
        precondition(resetToken.count == 16 && ticketID?.count ?? 16 == 16, "IDs have 16 bytes")
        self.instance = instance
        self.ticketID = ticketID
        self.resetToken = resetToken
        self.parameters = parameters
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes.span.bytes)
        instance = try reader.readUInt64()
        let ticketID = try reader.readArray(16)
        self.ticketID = ticketID.allSatisfy { $0 == 0 } ? nil : ticketID
        resetToken = try reader.readArray(16)
        parameters = try reader.readParameters()
    }

    /// `length` bytes, filled up with zeros.
    func encoded(length: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: length)
        writer.write(instance)
        writer.write(ticketID ?? [UInt8](repeating: 0, count: 16))
        writer.write(resetToken)
        writer.write(parameters)
        writer.writeZeros(writer.remaining)
        return writer.array()
    }
}

/// What the responder says inside its message.
///
///     instance 8 | reset token 16 | observed address 18 | length 2 | parameters | zeros
struct ResponsePayload {
    static let fixedLength = 8 + 16 + 18 + 2

    var instance: UInt64
    var resetToken: [UInt8]
    /// Where the INITIATION came from: IPv6 address (IPv4 mapped) 16, port 2.
    var observedAddress: [UInt8]
    var parameters: TransportParameters

    init(
        instance: UInt64, resetToken: [UInt8], observedAddress: [UInt8],
        parameters: TransportParameters
    ) {
        precondition(resetToken.count == 16, "a reset token has 16 bytes")
        precondition(observedAddress.count == 18, "an address has 18 bytes")
        self.instance = instance
        self.resetToken = resetToken
        self.observedAddress = observedAddress
        self.parameters = parameters
    }

    init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes.span.bytes)
        instance = try reader.readUInt64()
        resetToken = try reader.readArray(16)
        observedAddress = try reader.readArray(18)
        parameters = try reader.readParameters()
    }

    /// `length` bytes, filled up with zeros.
    func encoded(length: Int) -> [UInt8] {
        var writer = ByteWriter(capacity: length)
        writer.write(instance)
        writer.write(resetToken)
        writer.write(observedAddress)
        writer.write(parameters)
        writer.writeZeros(writer.remaining)
        return writer.array()
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ parameters: TransportParameters) {
        let bytes = parameters.encoded()
        write(UInt16(bytes.count))
        write(bytes)
    }
}

extension ByteReader {
    fileprivate mutating func readParameters() throws(WireError) -> TransportParameters {
        let length = try readUInt16()
        return try TransportParameters(decoding: try readBytes(Int(length)))
    }
}
