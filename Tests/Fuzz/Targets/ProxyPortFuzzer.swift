import Forwarding
import SRMUDP
import TestSupport

/// What comes in at a proxy port: first bytes of all protocols, bodies of requests, responses.
///
/// Input: one byte that chooses who speaks, one for the size of the pieces, and the bytes. In pieces
/// they must mean what they mean in one, what is asked for can be asked for, and nothing gets lost.
package enum ProxyPortFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let choice = input.byte()
        let pieceLength = Int(input.byte()) + 1
        let bytes = input.rest()
        switch choice & 3 {
        case 0: client(bytes, pieceLength, users: nil)
        case 1: client(bytes, pieceLength, users: users)
        default: server(bytes, pieceLength, offersUpgrade: choice & 4 == 0)
        }
    }

    private static var users: ProxyUsers? { try? ProxyUsers(parsing: [UInt8]("ann:secret".utf8)) }

    // MARK: A client

    private struct Admitted: Equatable {
        var answers: [UInt8] = []
        var request: ProxyRequest?
        var refusal: ProxyRefusal?
        var rest: [UInt8] = []
    }

    private static func client(_ bytes: [UInt8], _ pieceLength: Int, users: ProxyUsers?) {
        let whole = admit(bytes, max(bytes.count, 1), users)
        precondition(whole == admit(bytes, pieceLength, users), "it depends on how it is cut")
        precondition(whole.answers.count <= 4, "more is said than greeting and verdict")
        switch whole.request {
        case .connect(let target, _)?:
            precondition(HostPort(host: target.host, port: target.port) == target)
            let rest = Array(bytes.suffix(whole.rest.count))
            precondition(whole.rest == rest, "bytes behind the request were lost")
        case .exchange(let request)?: exchange(request, whole.rest, pieceLength)
        case .associate?, nil: break
        }
    }

    private static func admit(
        _ bytes: [UInt8], _ pieceLength: Int, _ users: ProxyUsers?
    ) -> Admitted {
        var admission = ProxyAdmission(users: users)
        var outcome = Admitted()
        var queue = ByteQueue()
        do throws(ProxyRefusal) {
            for piece in pieces(bytes, pieceLength) {
                queue.append(piece)
                var isWaiting = outcome.request != nil
                while !isWaiting {
                    switch try admission.step(&queue) {
                    case .incomplete: isWaiting = true
                    case .answer(let answer): outcome.answers += answer
                    case .request(let request):
                        outcome.request = request
                        isWaiting = true
                    }
                }
            }
        } catch {
            outcome.refusal = error
            return outcome
        }
        outcome.rest = queue.take(queue.count)
        return outcome
    }

    /// A request that is passed on must be one that we would take ourselves, with the same body.
    private static func exchange(
        _ request: HTTPProxyRequest, _ rest: [UInt8], _ pieceLength: Int
    ) {
        var reader = HTTPHeadReader(lengthLimit: 1 << 17, fieldLimit: 256)
        let head = Result { () throws(HTTPHeadError) in
            let count = try reader.receive(request.head.span.bytes)
            precondition(count == request.head.count, "the head ends early")
            return try reader.request()
        }
        guard case .success(let head) = head else {
            preconditionFailure("a head is passed on that servers refuse")
        }
        precondition(head.fields["Proxy-Authorization"] == nil, "a password is passed on")
        let length = try? head.fields.bodyLength(minorVersion: head.minorVersion)
        switch request.body {
        case .length(let expected): precondition(length == .some(expected))
        case .chunked: precondition(length == .some(nil))
        case .untilEnd: preconditionFailure("no request ends with its connection")
        }
        let whole = passRequest(request, rest, max(rest.count, 1))
        precondition(whole == passRequest(request, rest, pieceLength), "a body depends on pieces")
    }

    private static func passRequest(
        _ request: HTTPProxyRequest, _ bytes: [UInt8], _ pieceLength: Int
    ) -> [UInt8]? {
        var exchange = HTTPProxyExchange(request)
        var input = ByteQueue()
        var output = ByteQueue()
        for piece in pieces(bytes, pieceLength) {
            input.append(piece)
            do throws(HTTPProxyExchangeError) {
                try exchange.passRequest(&input, to: &output, limit: 1 << 20)
            } catch {
                return nil
            }
        }
        precondition(input.isEmpty || exchange.isRequestComplete, "bytes are held back")
        return output.take(output.count)
    }

    // MARK: A server

    private static func server(_ bytes: [UInt8], _ pieceLength: Int, offersUpgrade: Bool) {
        let fields = offersUpgrade ? "Connection: Upgrade\r\nUpgrade: x\r\n" : ""
        let text = "GET http://a/ HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"
        guard case .exchange(let request)? = admit([UInt8](text.utf8), 1000, nil).request else {
            preconditionFailure("our own request is not taken")
        }
        let whole = passResponse(request, bytes, max(bytes.count, 1))
        precondition(whole == passResponse(request, bytes, pieceLength), "it depends on the pieces")
    }

    private static func passResponse(
        _ request: HTTPProxyRequest, _ bytes: [UInt8], _ pieceLength: Int
    ) -> [UInt8]? {
        var exchange = HTTPProxyExchange(request)
        var input = ByteQueue()
        var output = ByteQueue()
        for piece in pieces(bytes, pieceLength) {
            input.append(piece)
            do throws(HTTPProxyExchangeError) {
                try exchange.passResponse(&input, to: &output, limit: 1 << 20)
            } catch {
                return nil
            }
            precondition(input.isEmpty, "bytes are held back")
        }
        return output.take(output.count)
    }

    private static func pieces(_ bytes: [UInt8], _ length: Int) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: length).map {
            [UInt8](bytes[$0..<min($0 + length, bytes.count)])
        }
    }
}
