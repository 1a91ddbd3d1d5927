/// One thing that is fuzzed: its name, which is that of its folder of Tests/Fuzz/corpus too, and what
/// it does with an input. This list is the only one of its kind.
///
/// A target takes any bytes, ends soon, and stops the program when a promise is broken.
package struct FuzzTarget: Sendable {
    package let name: String
    /// How many mutations of the corpus the unit tests try: about half a second of work.
    package let rounds: Int
    package let run: @Sendable ([UInt8]) -> Void

    package static let all = [
        FuzzTarget("FuzzConfiguration", rounds: 2_000) { ConfigurationFuzzer.run($0) },
        FuzzTarget("FuzzControlLine", rounds: 10_000) { ControlLineFuzzer.run($0) },
        FuzzTarget("FuzzDatagram", rounds: 300) { DatagramFuzzer.run($0) },
        FuzzTarget("FuzzForwardedDatagram", rounds: 20_000) { ForwardedDatagramFuzzer.run($0) },
        FuzzTarget("FuzzFrames", rounds: 300) { FramesFuzzer.run($0) },
        FuzzTarget("FuzzHTTPHead", rounds: 10_000) { HTTPHeadFuzzer.run($0) },
        FuzzTarget("FuzzHandshake", rounds: 2_000) { HandshakeFuzzer.run($0) },
        FuzzTarget("FuzzInflate", rounds: 2_000) { InflateFuzzer.run($0) },
        FuzzTarget("FuzzKeyLinkMessages", rounds: 10_000) { KeyLinkMessagesFuzzer.run($0) },
        FuzzTarget("FuzzOpening", rounds: 10_000) { OpeningFuzzer.run($0) },
        FuzzTarget("FuzzPairing", rounds: 2_000) { PairingFuzzer.run($0) },
        FuzzTarget("FuzzPortMapping", rounds: 5_000) { PortMappingFuzzer.run($0) },
        FuzzTarget("FuzzProbe", rounds: 5_000) { ProbeFuzzer.run($0) },
        FuzzTarget("FuzzProxyPort", rounds: 10_000) { ProxyPortFuzzer.run($0) },
        FuzzTarget("FuzzRelay", rounds: 2_000) { RelayFuzzer.run($0) },
        FuzzTarget("FuzzRendezvous", rounds: 20_000) { RendezvousFuzzer.run($0) },
        FuzzTarget("FuzzSnapshot", rounds: 1_000) { SnapshotFuzzer.run($0) },
        FuzzTarget("FuzzTicket", rounds: 20_000) { TicketFuzzer.run($0) },
        FuzzTarget("FuzzVarint", rounds: 20_000) { VarintFuzzer.run($0) },
        FuzzTarget("FuzzWebProxyMessage", rounds: 10_000) { WebProxyMessageFuzzer.run($0) },
        FuzzTarget("FuzzWebProxyRequest", rounds: 20_000) { WebProxyRequestFuzzer.run($0) },
        FuzzTarget("FuzzWebRequest", rounds: 5_000) { WebRequestFuzzer.run($0) },
        FuzzTarget("FuzzWebSocket", rounds: 5_000) { WebSocketFuzzer.run($0) },
        FuzzTarget("FuzzWebToken", rounds: 10_000) { WebTokenFuzzer.run($0) },
    ]

    private init(_ name: String, rounds: Int, run: @escaping @Sendable ([UInt8]) -> Void) {
        self.name = name
        self.rounds = rounds
        self.run = run
    }

    package static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

extension FuzzTarget: CustomStringConvertible {
    package var description: String { name }
}
