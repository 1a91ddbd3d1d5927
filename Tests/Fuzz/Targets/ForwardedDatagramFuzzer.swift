import Forwarding
import SRMUDP

/// Datagrams of UDP flows: a DATAGRAM frame, records in a stream, or one of a SOCKS client.
///
/// The first byte chooses. Whatever is accepted must survive being written and read again.
package enum ForwardedDatagramFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        switch input.byte() % 3 {
        case 0: frame(input.rest())
        case 1: records(&input)
        default: client(input.rest())
        }
    }

    private static func frame(_ bytes: [UInt8]) {
        guard let (stream, payload) = DatagramFraming.parse(bytes) else { return }
        precondition(stream <= StreamID.largest && payload.count < bytes.count)
        precondition(payload.elementsEqual(bytes.suffix(payload.count)))
    }

    /// The stream comes in pieces; each is preceded by its length. What comes out, written again, is
    /// what went in.
    private static func records(_ input: inout FuzzInput) {
        var reader = DatagramRecordReader()
        var fed: [UInt8] = []
        var written: [UInt8] = []
        while !input.isAtEnd {
            let piece = input.take(Int(input.byte()))
            fed += piece
            reader.append(piece)
            do throws(DatagramRecordReader.Failure) {
                while let datagram = try reader.next() {
                    written += DatagramFraming.record(datagram)
                }
            } catch {
                return
            }
        }
        precondition(fed.starts(with: written), "records changed on their way")
        precondition(reader.isAmidRecord == (written.count < fed.count))
    }

    private static func client(_ bytes: [UInt8]) {
        guard let datagram = try? SOCKSDatagram(parsing: bytes) else { return }
        guard let again = try? SOCKSDatagram(parsing: datagram.encoded) else {
            preconditionFailure("a datagram that was accepted cannot be read again")
        }
        precondition(again.place == datagram.place, "a destination changed")
        precondition(again.payload.elementsEqual(datagram.payload), "a payload changed")
    }
}
