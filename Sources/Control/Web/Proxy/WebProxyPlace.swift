import Forwarding
import SRMUDP

/// A host and a port as a client names them, in the one spelling that they have here.
///
/// An address is written as programs usually write it, in any case and with or without its zeros
/// left out; what some programs take for an address and others do not (`127.1`, `0x7f000001`,
/// `2130706433`), IPv4 in IPv6 form, interfaces behind `%`, brackets and a dot at the end are
/// refused, so that rules about an address mean the one that is reached.
package struct WebProxyPlace: Hashable {
    /// Ports whose services answer strangers with more than they were sent, beside those below
    /// 1024: SSDP and memcached.
    private static let answeringPorts: Set<UInt16> = [1900, 11_211]

    /// An address without brackets, or a name in lower case.
    package let host: String
    /// The host, if it is one.
    package let address: IPAddress?
    package let port: UInt16

    /// - Parameters:
    ///   - host: as it was written.
    ///   - port: the same.
    ///   - names: what the two parameters are called.
    package init(
        host: String, port: String, names: (host: String, port: String)
    ) throws(WebProxyRefusal) {
        guard let number = Self.number(port) else {
            throw .parameters("'\(names.port)' is not a port: write a number of 1 to 65535")
        }
        guard !host.utf8.contains(UInt8(ascii: "%")) else {
            throw .parameters("'\(names.host)' names an interface behind '%', which no peer knows")
        }
        if let address = IPAddress(host) {
            guard address.isIPv6 || !host.utf8.contains(UInt8(ascii: ":")) else {
                throw .parameters(
                    "'\(names.host)' is IPv4 in IPv6 form: write the four numbers alone")
            }
            guard !address.isUnspecified, !address.isMulticast, !address.isBroadcast else {
                throw .forbidden("'\(names.host)' is not the address of one host")
            }
            self.address = address
            self.host = "\(address)"
        } else {
            let name = host.lowercased()
            guard Self.isName(name) else {
                throw .parameters(
                    "'\(names.host)' is no host name and no address in its usual form "
                        + "(four decimal numbers, or IPv6 without brackets)")
            }
            address = nil
            self.host = name
        }
        self.port = number
    }

    /// Whether a service may be there that sends much to whoever it believes to have asked, so that
    /// a token must name the port.
    var hasReservedPort: Bool { port < 1024 || Self.answeringPorts.contains(port) }

    private static func number(_ text: String) -> UInt16? {
        let digits = text.utf8
        guard (1...5).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return UInt16(text)
    }

    /// Labels of 1 to 63 letters, digits, `-` and `_`, none of which begins or ends with `-`, and
    /// the last of which begins with no digit: it would be a number to some programs.
    private static func isName(_ text: String) -> Bool {
        guard (1...253).contains(text.utf8.count) else { return false }
        let labels = text.utf8.split(
            separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let hyphen = UInt8(ascii: "-")
        guard
            labels.allSatisfy({ label in
                (1...63).contains(label.count) && label.first != hyphen && label.last != hyphen
                    && label.allSatisfy(AccessPolicy.Rule.isNameByte)
            })
        else { return false }
        guard let first = labels.last?.first else { return false }
        return !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first)
    }
}

extension WebProxyPlace: CustomStringConvertible {
    /// `host:port`, with brackets around an IPv6 address.
    package var description: String {
        address?.isIPv6 == true ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
