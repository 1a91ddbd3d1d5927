/// The congestion mark of an IP packet (RFC 3168 section 5), the two low bits of the traffic class.
package enum ECNCodepoint: UInt8, Sendable {
    case notCapable = 0
    case capable1 = 1
    case capable0 = 2
    case congestionExperienced = 3
}
