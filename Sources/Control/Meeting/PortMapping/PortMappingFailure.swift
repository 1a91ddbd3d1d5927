import SRMUDP

/// Why a gateway maps no port for us, in words for its owner.
package enum PortMappingFailure: Error, Equatable, Sendable {
    /// It understands none of the protocols, or does not listen.
    case noAnswer
    /// The same, but UPnP was not tried: there is no library for it here.
    case noLibrary
    case refused(PortMappingRefusal)
    /// The mapping leads from an address that the internet does not reach either.
    case behindAnotherNAT(IPAddress)
    /// It no longer renews what it once granted.
    case expired
}

extension PortMappingFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noAnswer:
            "it answers neither PCP nor NAT-PMP nor UPnP; switch one of them on"
        case .noLibrary:
            "it answers neither PCP nor NAT-PMP; for UPnP the library miniupnpc is missing here"
        case .refused(let refusal): refusal.description
        case .behindAnotherNAT(let address):
            "it is behind another NAT itself: its outer address is \(address)"
        case .expired: "it no longer answers, and the mapping has run out"
        }
    }
}

/// The result codes of the protocols (RFC 6887 section 7.4, RFC 6886 section 3.5, and for UPnP the
/// standard of WANIPConnection:2 and UPnP's Device Architecture).
package enum PortMappingRefusal: Equatable, Sendable {
    case unsupportedVersion
    case notAuthorized
    case malformedRequest
    case unsupportedOpcode
    case networkFailure
    case noResources
    case quotaExceeded
    case cannotProvideExternal
    case addressMismatch
    case other(UInt16)

    init(pcp result: UInt8) {
        switch result {
        case 1: self = .unsupportedVersion
        case 2: self = .notAuthorized
        case 3: self = .malformedRequest
        case 4: self = .unsupportedOpcode
        case 7: self = .networkFailure
        case 8: self = .noResources
        case 10: self = .quotaExceeded
        case 11: self = .cannotProvideExternal
        case 12: self = .addressMismatch
        default: self = .other(UInt16(result))
        }
    }

    init(natPMP result: UInt16) {
        switch result {
        case 1: self = .unsupportedVersion
        case 2: self = .notAuthorized
        case 3: self = .networkFailure
        case 4: self = .noResources
        case 5: self = .unsupportedOpcode
        default: self = .other(result)
        }
    }

    /// - Parameter code: below 0 the library's own: the router broke off or said nothing useful.
    package init(upnp code: Int32) {
        switch code {
        case 401: self = .unsupportedOpcode
        case 402: self = .malformedRequest
        case 606: self = .notAuthorized
        case 718, 728, 729: self = .noResources
        default: self = .other(UInt16(clamping: code))
        }
    }
}

extension PortMappingRefusal: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unsupportedVersion: "it speaks another version of the protocol"
        case .notAuthorized: "it does not allow this machine to open ports; see its settings"
        case .malformedRequest: "it finds our request malformed"
        case .unsupportedOpcode: "it cannot map ports"
        case .networkFailure: "it has no connection to the internet"
        case .noResources: "it has no room for another mapping"
        case .quotaExceeded: "this machine has as many mappings as it allows"
        case .cannotProvideExternal: "it has no outer address or port to give"
        case .addressMismatch: "there is a NAT between it and this machine"
        case .other(let code): "it refuses with code \(code)"
        }
    }
}
