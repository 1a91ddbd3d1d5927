import Control
import SRMUDP

/// Ticket text: as it is, or as the content of a ticket whose checksum is right.
///
/// The first byte chooses. Whatever is accepted must survive being written and read again.
package enum TicketFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let text =
            input.byte() & 1 == 0
            ? String(decoding: input.rest(), as: UTF8.self) : sealed(input.rest())
        guard let ticket = try? Ticket(parsing: text) else { return }
        let written = ticket.text
        guard let again = try? Ticket(parsing: written) else {
            preconditionFailure("a ticket that was accepted cannot be read again")
        }
        precondition(again.text == written, "a ticket changed when it was read again")
        precondition(again.candidates == ticket.candidates && again.label == ticket.label)
        precondition(ticket.candidates.count <= Ticket.candidateLimit)
        precondition(ticket.label.utf8.count <= Ticket.labelLimit)
    }

    /// The text of a ticket with this body.
    private static func sealed(_ body: [UInt8]) -> String {
        let checksum = SHA256.digest([UInt8]("p2pfwd ticket".utf8), body).prefix(8)
        return Ticket.prefix + base64URL(body + checksum)
    }

    private static func base64URL(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0...group.count { text.append(letters[value >> (18 - 6 * index) & 63]) }
        }
        return text
    }
}
