import Forwarding
import SRMUDP

/// What comes in at the web server: heads and bodies, one after the other.
///
/// Input: one byte for the limit of bodies (times 64), one for the size of the pieces, and the bytes.
/// In pieces they must mean what they mean in one, no body is longer than its limit, what is accepted
/// has a path and one host, and no byte is lost.
package enum WebRequestFuzzer {
    private struct Outcome: Equatable {
        var heads: [HTTPRequestHead] = []
        var bodies: [[UInt8]] = []
        var error: HTTPRequestError?
        var openings: [WebSocketRefusal?] = []
    }

    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let limit = Int(input.byte()) * 64
        let pieceLength = Int(input.byte()) + 1
        let bytes = input.rest()
        let whole = outcome(bytes, max(bytes.count, 1), limit)
        precondition(whole == outcome(bytes, pieceLength, limit), "it depends on how it is cut")
        precondition(whole.bodies.allSatisfy { $0.count <= limit }, "a body is too long")
        let bodyCount = whole.bodies.reduce(0) { $0 + $1.count }
        precondition(bodyCount <= bytes.count, "bytes came from nowhere")
        for head in whole.heads {
            precondition(head.target.hasPrefix("/") || head.target == "*", "no path")
            precondition(head.fields.values("Host").count <= 1, "two hosts")
        }
        if let error = whole.error {
            precondition((400...599).contains(error.status), "an unforeseen status")
            precondition(error.description.utf8.allSatisfy { $0 >= 0x20 }, "lines can be broken")
        }
    }

    private static func outcome(_ bytes: [UInt8], _ pieceLength: Int, _ limit: Int) -> Outcome {
        var reader = HTTPRequestReader()
        var queue = ByteQueue()
        var outcome = Outcome()
        var offset = 0
        do throws(HTTPRequestError) {
            while offset < bytes.count {
                let end = offset + min(pieceLength, bytes.count - offset)
                queue.append([UInt8](bytes[offset..<end]))
                offset = end
                try take(&queue, &reader, &outcome, limit)
            }
        } catch {
            outcome.error = error
        }
        return outcome
    }

    private static func take(
        _ queue: inout ByteQueue, _ reader: inout HTTPRequestReader, _ outcome: inout Outcome,
        _ limit: Int
    ) throws(HTTPRequestError) {
        while true {
            switch try reader.step(&queue) {
            case .incomplete: return
            case .head(let head):
                outcome.heads.append(head)
                outcome.openings.append(refusal(of: head))
                try reader.expectBody(limit: limit)
            case .body(let body): outcome.bodies.append(body)
            }
        }
    }

    private static func refusal(of head: HTTPRequestHead) -> WebSocketRefusal? {
        do throws(WebSocketRefusal) {
            _ = try WebSocketRequest(head)
            return nil
        } catch {
            return error
        }
    }
}
