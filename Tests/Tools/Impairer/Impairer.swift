import ToolSupport

/// Emulates a bad link between two TUN devices or between UDP clients and one target.
@main
struct Impairer {
    static let usage = """
        usage: impairer tun --first NAME --second NAME [--device-mtu 1500] [IMPAIRMENT...]
               impairer udp --listen ADDRESS:PORT --target ADDRESS:PORT [IMPAIRMENT...]
        impairments, for both directions or with the prefix up- or down- for one:
          --rate MBIT/S  --delay-ms MS  --jitter-ms MS  --queue-ms MS  --queue-bytes N
          --loss P  --burst-loss P  --burst-length N  --reorder P  --reorder-ms MS
          --duplicate P  --corrupt P  --truncate P  --mtu N
        also: --seed N, --slots N (packets on their way), --end-with-input
        commands on standard input: [up|down] IMPAIRMENT VALUE, [up|down] blackout SECONDS,
          rebind, stats, quit
        """

    static func main() {
        Tool.run("impairer", usage: usage) {
            let arguments = CommandLine.arguments.dropFirst()
            var options = try Options(Array(arguments.dropFirst()), flags: ["end-with-input"])
            let endsWithInput = options.flag("end-with-input")
            let carrier: any Carrier
            switch arguments.first {
            case "tun": carrier = try makeTunnel(&options)
            case "udp": carrier = try makeRelay(&options)
            default: throw UsageError("the first word must be tun or udp")
            }
            var control = try Control(carrier: carrier, endsWithInput: endsWithInput)
            try control.run()
        }
    }

    private static func makeTunnel(_ options: inout Options) throws -> any Carrier {
        let names = (try options.required("first"), try options.required("second"))
        let deviceMTU = try options.integer("device-mtu", default: 1500)
        guard (576...65_535).contains(deviceMTU) else {
            throw UsageError("--device-mtu must be between 576 and 65535")
        }
        let emulator = try makeEmulator(
            &options, slots: 32_768, slotBytes: (deviceMTU + 63) / 64 * 64,
            editor: InternetPacketEditor())
        return try TunnelDevices(names: names, deviceMTU: deviceMTU, emulator: emulator)
    }

    private static func makeRelay(_ options: inout Options) throws -> any Carrier {
        let listen = try SocketAddress(try options.required("listen"))
        let target = try SocketAddress(try options.required("target"))
        let emulator = try makeEmulator(
            &options, slots: 8192, slotBytes: 65_536, editor: DatagramEditor())
        return try DatagramRelay(listen: listen, target: target, emulator: emulator)
    }

    private static func makeEmulator(
        _ options: inout Options, slots: Int, slotBytes: Int, editor: any PacketEditor
    ) throws -> Emulator {
        let seed = try options.integer("seed", default: 1)
        let slots = try options.integer("slots", default: slots)
        guard (1...1_000_000).contains(slots) else { throw UsageError("--slots is out of range") }
        var up = Impairments()
        var down = Impairments()
        // What is said for one direction overrules what is said for both, wherever it stands.
        let given = options.takeAll()
        for (name, value) in given where Impairments.names.contains(name) {
            try up.set(name, to: value)
            try down.set(name, to: value)
        }
        for (name, value) in given where !Impairments.names.contains(name) {
            if name.hasPrefix("up-") {
                try up.set(String(name.dropFirst(3)), to: value)
            } else if name.hasPrefix("down-") {
                try down.set(String(name.dropFirst(5)), to: value)
            } else {
                throw UsageError("unknown option --\(name)")
            }
        }
        return Emulator(
            up: up, down: down, slots: slots, slotBytes: slotBytes, editor: editor,
            seed: UInt64(truncatingIfNeeded: seed))
    }
}
