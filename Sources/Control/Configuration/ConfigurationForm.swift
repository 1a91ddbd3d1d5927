import Forwarding
import SRMUDP

/// What a value of the configuration file must look like.
enum ConfigurationForm: Equatable, Sendable {
    case flag
    case words([String])
    case number(ClosedRange<Int>)
    /// In seconds.
    case duration(ClosedRange<Int64>)
    case rate
    case listenAddress
    case localAddress
    case server
    case proxy
    /// What may be dialled, as `--permit` has it.
    case destination
    /// Where peers may listen, as `--permit-listen` has it.
    case listenRule
    case peerName
    /// What this node calls itself.
    case name
    /// An option of forwarding with its value, as on the command line.
    case forward
    /// An octal number, as of file modes.
    case mask
    case file
    /// Of TCP.
    case webAddress
    /// As a Host field has it, without a port.
    case webHost
    /// As an Origin field has it.
    case webOrigin
    /// A name of a method of the control socket, perhaps with `*` and `?`.
    case method

    /// What stands for a value in help texts.
    var placeholder: String {
        switch self {
        case .flag: "true|false"
        case .words(let words): words.joined(separator: "|")
        case .number(let range): "\(range.lowerBound)-\(range.upperBound)"
        case .duration: "DURATION"
        case .rate: "RATE"
        case .listenAddress: "[ADDR:]PORT"
        case .localAddress: "ADDR"
        case .server: "HOST:PORT[#ID]"
        case .proxy: "URL"
        case .destination: "HOST:PORT"
        case .listenRule: "[BIND:]PORT"
        case .peerName: "PEER"
        case .name: "NAME"
        case .forward: "FORWARD"
        case .mask: "OCTAL"
        case .file: "FILE"
        case .webAddress: "[ADDR:]TCP-PORT"
        case .webHost: "NAME"
        case .webOrigin: "URL"
        case .method: "METHOD"
        }
    }

    /// The unit and the range of values, for the reference.
    var unit: String {
        switch self {
        case .flag, .words: ""
        case .peerName: "the name of a peer"
        case .name: "1 to 64 letters, digits, '.', '_' or '-'"
        case .number(let range): "a number from \(range.lowerBound) to \(range.upperBound)"
        case .duration(let range):
            "a number with s, m, h or d behind it, from \(lifetime(range.lowerBound)) to "
                + lifetime(range.upperBound)
        case .rate: "bytes a second, from 1K to 1024G; K, M and G count 1,024"
        case .listenAddress: "an IP address and a UDP port; without an address it is all of them"
        case .localAddress: "an IP address of this machine"
        case .server: "a UDP address, or wss://HOST[:PORT]; with #ID the key is pinned"
        case .proxy: "http://HOST:PORT or socks5://HOST:PORT, with user:password@ where needed"
        case .destination:
            "a name, *.name, an address or a block, then a port, a range or *; a /path; any; none"
        case .listenRule: "a port, a range, *, with an address in front, or a /path"
        case .forward: "-L, -R or -D and what stands behind it on the command line"
        case .mask: "bits of a file mode in octal"
        case .webAddress: "an IP address and a TCP port; without an address it is 127.0.0.1"
        case .webHost: "a name or an address, without a port"
        case .method: "a method of the control interface, with * for any text"
        case .webOrigin: "https://NAME[:PORT] or http://NAME[:PORT]"
        case .file: "a path; ~/ is the user's home, and what is not absolute is beside p2pfwd.yaml"
        }
    }

    private func lifetime(_ seconds: Int64) -> String {
        Lifetime(seconds: seconds)?.description ?? "\(seconds)s"
    }

    /// The values, where there are few.
    var choices: [String] {
        switch self {
        case .flag: ["true", "false"]
        case .words(let words): words
        case .number, .duration, .rate, .listenAddress, .localAddress, .server, .proxy,
            .destination, .listenRule, .peerName, .name, .forward, .mask, .file, .webAddress,
            .webHost, .webOrigin, .method:
            []
        }
    }

    /// Why a value is none of this form.
    struct Complaint: Error, Equatable {
        let why: String
        var hint: String?
    }

    /// The value in its usual spelling.
    ///
    /// - Parameter isPlain: whether it stands without quotes; in quotes it is text, and neither a
    ///   number nor a truth value.
    func checked(_ text: String, isPlain: Bool) throws(Complaint) -> String {
        let shown = text.escapedForMessage
        switch self {
        case .flag:
            let flags = ["true": "true", "yes": "true", "false": "false", "no": "false"]
            guard isPlain, let flag = flags[text.lowercased()] else {
                throw Complaint(why: "'\(shown)' is neither true nor false")
            }
            return flag
        case .words(let words):
            guard let word = words.first(where: { $0 == text.lowercased() }) else {
                throw Complaint(
                    why: "'\(shown)' is no value of it",
                    hint: "write one of: \(words.joined(separator: ", "))")
            }
            return word
        case .number(let range):
            guard isPlain, isNumber(text), let number = Int(text), range.contains(number) else {
                throw Complaint(
                    why: "'\(shown)' is not a number from \(range.lowerBound) to "
                        + "\(range.upperBound)")
            }
            return text
        case .duration(let range):
            guard let lifetime = Lifetime(text), range.contains(lifetime.seconds) else {
                throw Complaint(
                    why: "'\(shown)' is not a length of time from "
                        + "\(self.lifetime(range.lowerBound)) to "
                        + self.lifetime(range.upperBound),
                    hint: "write a number with a unit: 90s, 10m, 24h or 7d")
            }
            return lifetime.description
        case .rate, .listenAddress, .localAddress, .server, .proxy, .destination, .listenRule,
            .peerName, .name, .forward, .mask, .file, .webAddress, .method:
            try check(text, shown)
            return text
        case .webHost, .webOrigin:
            let text = text.lowercased()
            try check(text, shown)
            return text
        }
    }

    /// Digits without a zero in front, which some take for octal.
    private func isNumber(_ text: String) -> Bool {
        text == "0"
            || !text.hasPrefix("0")
                && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
    }
}

extension ConfigurationForm {
    /// Checks text that stays as it is.
    private func check(_ text: String, _ shown: String) throws(Complaint) {
        switch self {
        case .rate:
            guard ByteRate.parse(text) != nil else {
                throw Complaint(
                    why: "'\(shown)' is no number of bytes a second",
                    hint: "write 500000, 512K, 1M or 1G; at least 1K")
            }
        case .listenAddress:
            guard OptionValues.listenAddress(text) != nil else {
                throw Complaint(
                    why: "'\(shown)' is not an address and port",
                    hint: "write 7001, 127.0.0.1:7001 or \"[::1]:7001\"")
            }
        case .localAddress:
            guard let address = IPAddress(text), !address.isMulticast else {
                throw Complaint(
                    why: "'\(shown)' is not an address of this machine",
                    hint: "write 192.0.2.1 or 2001:db8::1")
            }
        case .server:
            do throws(ServerAddressError) {
                _ = try ServerAddress(text)
            } catch {
                throw Complaint(why: error.description, hint: error.hint)
            }
        case .proxy:
            do throws(ProxyAddressError) {
                _ = try ProxyAddress(parsing: text)
            } catch {
                throw Complaint(why: error.description)
            }
        case .destination: try checkDestinations([text])
        case .listenRule:
            guard ListenRule(text) != nil, !text.contains(","), !text.contains(" ") else {
                throw Complaint(
                    why: "'\(shown)' is no place to listen at", hint: ListenRule.grammar)
            }
        case .peerName, .name:
            guard Peer.isValid(name: text) else {
                throw Complaint(why: PeerError.badName(name: shown).description)
            }
        case .mask:
            guard let mask = UInt16(text, radix: 8), mask <= 0o777 else {
                throw Complaint(why: "'\(shown)' is not an octal number up to 0777")
            }
        case .webAddress:
            guard OptionValues.webAddress(text) != nil else {
                throw Complaint(
                    why: "'\(shown)' is not an address and port",
                    hint: "write 17017, 127.0.0.1:17017 or \"[::1]:17017\"")
            }
        case .webHost:
            guard WebOptions.isHost(text) else {
                throw Complaint(
                    why: "'\(shown)' is no name of a server",
                    hint: "write a name or an address without a port")
            }
        case .webOrigin:
            guard WebOptions.isOrigin(text) else {
                throw Complaint(
                    why: "'\(shown)' is no site",
                    hint: "write https://NAME or http://NAME:PORT, without a path")
            }
        case .method:
            do throws(ControlError) {
                try WebMethods.check(text)
            } catch {
                throw Complaint(why: error.why, hint: error.hint)
            }
        case .flag, .words, .number, .duration, .forward, .file: break
        }
    }

    /// Checks rules that may be good one by one and not together.
    ///
    /// - Parameter warn: receives a sentence for each that means less than it says.
    func checkDestinations(
        _ texts: [String], warn: (String) -> Void = { _ in }
    ) throws(Complaint) {
        if let text = texts.first(where: { $0.contains(",") }) {
            throw Complaint(
                why: "'\(text.escapedForMessage)' holds a comma", hint: "write a list: [a:80, b:80]"
            )
        }
        do throws(AccessPolicyError) {
            _ = try AccessPolicy(parsing: texts, warn: warn)
        } catch {
            throw Complaint(why: error.description, hint: AccessPolicyError.grammar)
        }
    }
}
