import Control
import SRMUDP

extension FuzzSeeds {
    /// Each message once, and all of them in one stream.
    static var rendezvous: [(name: String, input: [UInt8])] {
        let fromClient = clientMessages.map { ("\($0.kind)", $0.encoded) }
        let fromServer = serverMessages.map { ("server-\($0.kind)", $0.encoded) }
        let single = (fromClient + fromServer).map { ($0.0, framed([$0.1])) }
        let all = (fromClient + fromServer).map(\.1)
        return single + [("stream", framed(all)), ("unknown", framed([[0x7f, 1], [10]]))]
    }

    /// An input of `RendezvousFuzzer`: pieces of 17 bytes.
    private static func framed(_ messages: [[UInt8]]) -> [UInt8] {
        [16] + messages.flatMap(MessageFraming.frame)
    }

    private static let number: UInt64 = 0x0102_0304_0506_0708
    private static let blob: [UInt8] = [1, 2, 3]

    private static var clientMessages: [ClientMessage] {
        guard let key = PublicKey([UInt8](repeating: 7, count: 32)),
            let token = RelayToken([UInt8](repeating: 9, count: 32))
        else { return [] }
        return [
            .hello(isCallable: true, label: "box"),
            .call(CallID(number), callee: key, wantsRelay: true, sealed: blob),
            .answer(CallID(number), isAccepted: true, sealed: blob),
            .attach(token), .detach(RelayChannelID(number)), .claim(ttl: 600, uses: 1),
            .join(Nameplate(4821), first: blob), .post(MailboxID(number), party: 1, blob),
            .burn(MailboxID(number), .wrongCode), .status,
        ]
    }

    private static var serverMessages: [ServerMessage] {
        guard let key = PublicKey([UInt8](repeating: 7, count: 32)),
            let token = RelayToken([UInt8](repeating: 9, count: 32))
        else { return [] }
        let welcome = ServerMessage.Welcome(
            instance: number, observed: SocketAddress("192.0.2.1:4444"), otherPort: 3479,
            relays: true, relayRate: 1024)
        return [
            .welcome(welcome),
            .incoming(CallID(number), caller: key, wantsRelay: true, token: token, sealed: blob),
            .called(CallID(number), .ok, token: token, sealed: blob),
            .attached(token, RelayChannelID(number), isJoined: false),
            .joined(RelayChannelID(number)), .detached(RelayChannelID(number), .idle),
            .claimed(MailboxID(number), Nameplate(4821), ttl: 600),
            .entered(MailboxID(number), party: 1, blob),
            .message(MailboxID(number), party: 0, blob),
            .closed(MailboxID(number), .expired),
            .refused(type: 7, reference: number, .nameplateUnknown),
            .counters("clients 1\n"),
        ]
    }
}
