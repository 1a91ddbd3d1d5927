import Control

/// What a client of `/v0/ws/proxy` asks for.
///
/// Input: one byte that says whether subprotocols come first, up to a line feed, and the query. What
/// is taken must be in its one spelling, and nothing of a key may be told when it is refused.
package enum WebProxyRequestFuzzer {
    package static func run(_ input: [UInt8]) {
        var input = FuzzInput(input)
        let hasProtocols = input.byte() & 1 == 1
        var lines = input.rest().split(
            separator: 10, maxSplits: hasProtocols ? 1 : 0, omittingEmptySubsequences: false)
        let query = String(decoding: lines.popLast() ?? [], as: UTF8.self)
        let protocols = (lines.first ?? []).split(separator: 44).map {
            String(decoding: $0, as: UTF8.self)
        }
        do throws(WebProxyRefusal) {
            check(try WebProxyRequest(try WebProxyQuery(query), protocols: protocols))
        } catch {
            precondition([400, 403].contains(error.status), "a strange status")
            precondition(error.message.utf8.count < 300, "a long message")
            precondition(
                error.message.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f }, "a strange message")
        }
    }

    private static func check(_ request: WebProxyRequest) {
        if let id = request.clientID {
            precondition((1...128).contains(id.utf8.count), "a client_id has no bound")
        }
        switch request.form {
        case .link(let place, let key):
            precondition("\(key.map { "\($0)" } ?? "")".count <= 10, "a key is shown")
            check(place)
        case .flow(let peer, let target):
            precondition(Peer.isValid(name: peer), "nobody can be called that")
            check(target)
        }
    }

    private static func check(_ place: WebProxyPlace) {
        let again = try? WebProxyPlace(host: place.host, port: "\(place.port)", names: ("", ""))
        precondition(again == place, "there are two spellings")
        precondition(place.port > 0 && !place.host.isEmpty, "it leads nowhere")
    }
}
