import SRMUDP

@testable import Control

/// One message of each type with the bytes that it must have, written down by hand.
enum MessageSamples {
    static let key = PublicKey([UInt8](repeating: 0xaa, count: 32))!
    static let token = RelayToken([UInt8](repeating: 0x11, count: 32))!
    static let noToken = [UInt8](repeating: 0, count: 32)
    private static let keyBytes = [UInt8](repeating: 0xaa, count: 32)
    private static let tokenBytes = [UInt8](repeating: 0x11, count: 32)
    private static let number: UInt64 = 0x0102_0304_0506_0708
    private static let numberBytes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    private static let address: [UInt8] =
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 192, 0, 2, 1, 0x11, 0x5c]

    static let client: [(ClientMessage, [UInt8])] = [
        (.hello(isCallable: true, label: "box"), [1, 1, 1, 3, 0x62, 0x6f, 0x78]),
        (.hello(isCallable: false, label: ""), [1, 1, 0, 0]),
        (
            .call(CallID(number), callee: key, wantsRelay: true, sealed: [7, 8]),
            [2] + numberBytes + keyBytes + [1, 0, 2, 7, 8]
        ),
        (
            .answer(CallID(number), isAccepted: true, sealed: [7]),
            [3] + numberBytes + [0, 0, 1, 7]
        ),
        (.answer(CallID(number), isAccepted: false, sealed: []), [3] + numberBytes + [3, 0, 0]),
        (.attach(token), [4] + tokenBytes),
        (.detach(RelayChannelID(number)), [5] + numberBytes),
        (.claim(ttl: 600, uses: 1), [6, 0, 0, 2, 0x58, 1]),
        (.join(Nameplate(4821), first: [1, 9]), [7, 0, 0, 0x12, 0xd5, 0, 2, 1, 9]),
        (.post(MailboxID(number), party: 2, [5]), [8] + numberBytes + [2, 0, 1, 5]),
        (.burn(MailboxID(number), .wrongCode), [9] + numberBytes + [3]),
        (.status, [10]),
    ]

    static let server: [(ServerMessage, [UInt8])] = [
        (
            .welcome(
                .init(
                    instance: number, observed: SocketAddress("192.0.2.1:4444"), otherPort: 3479,
                    relays: true, relayRate: 1024)),
            [0x81, 1] + numberBytes + address + [0x0d, 0x97, 1, 0, 0, 4, 0]
        ),
        (
            .welcome(
                .init(
                    instance: number, observed: nil, otherPort: nil, relays: false, relayRate: 0)),
            [0x81, 1] + numberBytes + [UInt8](repeating: 0, count: 25)
        ),
        (
            .incoming(
                CallID(number), caller: key, wantsRelay: true, token: token, sealed: [7, 8]),
            [0x82] + numberBytes + keyBytes + [1] + tokenBytes + [0, 2, 7, 8]
        ),
        (
            .called(CallID(number), .noAnswer, token: nil, sealed: []),
            [0x83] + numberBytes + [2] + noToken + [0, 0]
        ),
        (
            .attached(token, RelayChannelID(number), isJoined: true),
            [0x84] + tokenBytes + numberBytes + [1]
        ),
        (.joined(RelayChannelID(number)), [0x85] + numberBytes),
        (.detached(RelayChannelID(number), .idle), [0x86] + numberBytes + [3]),
        (
            .claimed(MailboxID(number), Nameplate(4821), ttl: 600),
            [0x87] + numberBytes + [0, 0, 0x12, 0xd5, 0, 0, 2, 0x58]
        ),
        (.entered(MailboxID(number), party: 1, [6]), [0x88] + numberBytes + [1, 0, 1, 6]),
        (.message(MailboxID(number), party: 0, [6]), [0x89] + numberBytes + [0, 0, 1, 6]),
        (.closed(MailboxID(number), .expired), [0x8a] + numberBytes + [1]),
        (
            .refused(type: 7, reference: 4821, .nameplateUnknown),
            [0x8b, 7, 0, 0, 0, 0, 0, 0, 0x12, 0xd5, 7]
        ),
        (.counters("a 1\n"), [0x8c, 0, 4, 0x61, 0x20, 0x31, 0x0a]),
    ]
}
