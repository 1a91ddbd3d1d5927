import Forwarding
import SRMUDP
import TestSupport

/// Heads of requests and responses, in pieces.
///
/// Input: one byte that chooses what they are taken for, one for the size of the pieces, and the
/// bytes. In pieces they must mean what they mean in one, and what is accepted must survive being
/// written and read again.
package enum HTTPHeadFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let choice = input.byte()
        let pieceLength = Int(input.byte()) + 1
        let bytes = input.rest()
        switch choice & 3 {
        case 0: request(bytes, pieceLength)
        case 1: response(bytes, pieceLength)
        case 2: negotiate(bytes, pieceLength, kind: .http)
        default: negotiate(bytes, pieceLength, kind: .socks5)
        }
    }

    private static func request(_ bytes: [UInt8], _ pieceLength: Int) {
        let whole = Result { () throws(HTTPHeadError) in try read(bytes, bytes.count)?.request() }
        let pieces = Result { () throws(HTTPHeadError) in try read(bytes, pieceLength)?.request() }
        precondition(whole == pieces, "a request depends on how it is cut")
        guard case .success(.some(let head)) = whole else { return }
        let again = Result { () throws(HTTPHeadError) in
            try read(head.encoded, head.encoded.count)?.request()
        }
        precondition(again == .success(head), "a request changed when it was read again")
        do throws(WebSocketRefusal) {
            let opening = try WebSocketRequest(head)
            precondition(opening.response().status == 101)
            precondition(head.method == "GET" && head.minorVersion == 1)
        } catch {
            precondition([400, 405, 426].contains(error.status), "an unforeseen status")
        }
    }

    private static func response(_ bytes: [UInt8], _ pieceLength: Int) {
        let whole = Result { () throws(HTTPHeadError) in try read(bytes, bytes.count)?.response() }
        let pieces = Result { () throws(HTTPHeadError) in try read(bytes, pieceLength)?.response() }
        precondition(whole == pieces, "a response depends on how it is cut")
        guard case .success(.some(let head)) = whole else { return }
        let opening = WebSocketOpening(
            host: "example.org", target: "/", random: SeededRandomSource(seed: 1))
        do throws(WebSocketOpeningError) {
            _ = try opening.check(head)
            precondition(head.status == 101)
        } catch {
            let line = error.description.utf8
            precondition(line.allSatisfy { $0 >= 0x20 }, "a stranger can break our lines")
        }
    }

    private static func read(
        _ bytes: [UInt8], _ pieceLength: Int
    ) throws(HTTPHeadError) -> HTTPHeadReader? {
        var reader = HTTPHeadReader()
        var offset = 0
        while offset < bytes.count, !reader.isComplete {
            let end = offset + min(pieceLength, bytes.count - offset)
            offset += try reader.receive([UInt8](bytes[offset..<end]).span.bytes)
            precondition(offset == end || reader.isComplete, "bytes were left out")
        }
        precondition(offset <= HTTPHeadReader.lengthLimit, "more was taken than is allowed")
        return reader.isComplete ? reader : nil
    }

    private static func negotiate(
        _ bytes: [UInt8], _ pieceLength: Int, kind: ProxyAddress.Kind
    ) {
        let whole = outcome(bytes, bytes.count, kind)
        let pieces = outcome(bytes, pieceLength, kind)
        precondition(whole == pieces, "a negotiation depends on how it is cut")
    }

    private struct Outcome: Equatable {
        var error: ProxyError?
        var isDone = false
        var sent: [UInt8] = []
        var rest: [UInt8] = []
    }

    private static func outcome(
        _ bytes: [UInt8], _ pieceLength: Int, _ kind: ProxyAddress.Kind
    ) -> Outcome {
        let proxy = ProxyAddress(
            kind, host: "proxy", port: 1,
            credentials: ProxyCredentials(user: [1], password: SecretBytes([2])))
        var negotiation = ProxyNegotiation(through: proxy, host: "example.org", port: 443)
        var outcome = Outcome()
        var queue = ByteQueue()
        var offset = 0
        while offset < bytes.count, outcome.error == nil {
            let end = offset + min(pieceLength, bytes.count - offset)
            queue.append([UInt8](bytes[offset..<end]))
            offset = end
            do throws(ProxyError) {
                outcome.sent += try negotiation.receive(&queue)
            } catch {
                // What was sent and left before an error depends on the pieces.
                return Outcome(error: error)
            }
        }
        outcome.isDone = negotiation.isDone
        outcome.rest = queue.take(queue.count)
        return outcome
    }
}
