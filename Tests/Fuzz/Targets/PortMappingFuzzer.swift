import Control
import SRMUDP
import TestSupport

/// A port mapper and a gateway that says anything.
///
/// The input is a list of steps. The first byte of each chooses:
///
///     0...99     a datagram of the next byte's length follows
///     100...199  a PCP answer to what was asked last: three bytes say how it is spoiled
///     200...229  time passes: so many squared seconds
///     230...239  an answer by UPnP; the next two bytes say which
///     240...249  the next timeout comes
///     250...255  the mapping is released, or asked for again
package enum PortMappingFuzzer {
    private static let gateway = IPAddress(ipv4: 0xc0a8_0101)

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        var mapper = PortMapper(
            gateway: gateway, client: IPAddress(ipv4: 0xc0a8_0102), internalPort: 41_641,
            random: SeededRandomSource(seed: 1))
        var now = Instant(nanoseconds: 1)
        var request: [UInt8] = []
        mapper.start(now: now)
        while !input.isAtEnd {
            let step = input.byte()
            switch step {
            case 0..<100: deliver(input.take(Int(input.byte())), to: &mapper, now)
            case 100..<200: deliver(answer(to: request, &input), to: &mapper, now)
            case 230..<240: mapper.handleAnswer(answerByUPnP(&input), now: now)
            case 200..<230: now += .seconds(Int64(step - 200) * Int64(step - 200))
            case 240..<250: now = max(now, mapper.nextTimeout ?? now)
            default: mapper.nextTimeout == nil ? mapper.start(now: now) : mapper.release(now: now)
            }
            mapper.handleTimeout(now: now)
            drain(&mapper, &request)
            if case .mapped(let mapping) = mapper.state { check(mapping) }
        }
    }

    private static func deliver(_ datagram: [UInt8], to mapper: inout PortMapper, _ now: Instant) {
        mapper.handleDatagram(
            datagram, from: SocketAddress(gateway, port: PortMapper.gatewayPort), now: now)
    }

    /// The request turned into an answer with the result and lifetime that the input says, and an
    /// outer address in the place of the suggestion.
    private static func answer(to request: [UInt8], _ input: inout FuzzInput) -> [UInt8] {
        let (result, lifetime, outer) = (input.byte(), input.byte(), input.byte())
        guard request.count >= 24 else { return request }
        var answer = request
        answer[1] |= 0x80
        answer[3] = result & 0x0f
        answer.replaceSubrange(4..<8, with: [0, 0, lifetime, lifetime])
        answer.replaceSubrange(8..<12, with: [0, 0, 0, result])
        if answer.count == 60 { answer[56] = outer }
        return answer
    }

    private static func answerByUPnP(_ input: inout FuzzInput) -> UPnPAnswer {
        let (kind, value) = (input.byte(), input.byte())
        let external = SocketAddress(
            IPAddress(ipv4: UInt32(value) << 24 | 0x0001_0203), port: UInt16(kind) << 4)
        switch kind {
        case 0..<100: return .mapped(external, lifetime: .seconds(Int64(value) * 60))
        case 100..<150: return .removed
        case 150..<180: return .failed(value < 128 ? .noAnswer : .noLibrary)
        case 180..<200: return .failed(.behindAnotherNAT(external.ip))
        default: return .failed(.refused(PortMappingRefusal(upnp: Int32(value) * 8)))
        }
    }

    private static func drain(_ mapper: inout PortMapper, _ request: inout [UInt8]) {
        var count = 0
        while let datagram = mapper.pollTransmit() {
            precondition(datagram.count <= 60, "a request is too long")
            request = datagram
            count += 1
        }
        while mapper.pollRequest() != nil { count += 1 }
        while mapper.pollEvent() != nil { count += 1 }
        precondition(count <= 16, "one step caused \(count) datagrams and events")
    }

    private static func check(_ mapping: PortMapping) {
        let candidate = mapping.candidate
        precondition(Candidate(encoded: candidate.encoded) == candidate, "no valid candidate")
        precondition(!mapping.external.ip.isPrivate, "nobody reaches a private address")
    }
}
