import Forwarding
import Testing

@Suite struct SOCKS4AdmissionTests {
    private static func target(_ trial: AdmissionTrial) -> String? {
        guard case .connect(let target, .socks4) = trial.request else { return nil }
        return "\(target)"
    }

    @Test("an address, or with 4a a name, is taken, whoever the user claims to be")
    func targets() {
        let named: [UInt8] = [4, 1, 1, 187, 0, 0, 0, 9] + "me".utf8 + [0] + "a.org".utf8 + [0]

        #expect(Self.target(AdmissionTrial([4, 1, 0, 80, 192, 0, 2, 7, 0])) == "192.0.2.7:80")
        #expect(Self.target(AdmissionTrial(named)) == "a.org:443")
    }

    @Test("what follows the request is left for the stream, however it is cut", arguments: 1...20)
    func rest(pieceLength: Int) {
        let bytes: [UInt8] = [4, 1, 0, 80, 192, 0, 2, 7, 0x61, 0, 0, 7]
        let trial = AdmissionTrial(bytes, pieceLength: pieceLength)

        #expect(Self.target(trial) == "192.0.2.7:80")
        #expect(trial.rest == [0, 7])
    }

    @Test(
        "what cannot be asked for is refused",
        arguments: [
            [4, 2, 0, 80, 192, 0, 2, 7, 0],
            [4, 1, 0, 0, 192, 0, 2, 7, 0],
            [4, 1, 0, 80, 0, 0, 0, 0, 0],
            [4, 1, 0, 80, 0, 0, 0, 1, 0, 0],
            [4, 1, 0, 80, 0, 0, 0, 1, 0, 0x20, 0],
            [4, 1, 0, 80, 0, 0, 0, 1, 0, 0xff, 0],
            [4, 1, 0, 80, 192, 0, 2, 7] + [UInt8](repeating: 1, count: 256),
            [4, 1, 0, 80, 0, 0, 0, 1, 0] + [UInt8](repeating: 0x61, count: 256),
        ] as [[UInt8]])
    func refusals(bytes: [UInt8]) {
        let trial = AdmissionTrial(bytes)

        #expect(trial.refusal?.answer == [0, 0x5b, 0, 0, 0, 0, 0, 0])
        #expect(trial.request == nil)
    }

    @Test("a proxy that asks for passwords does not take a mere claim")
    func users() throws {
        let trial = AdmissionTrial([4, 1, 0, 80, 192, 0, 2, 7, 0], users: try ProxyUsers.samples)

        #expect(
            trial.refusal
                == ProxyRefusal(.credentialsNeeded, answer: [0, 0x5d, 0, 0, 0, 0, 0, 0]))
    }
}
