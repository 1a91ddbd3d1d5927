/// What was posted to /jsonrpc (JSON-RPC 2.0): one request, or an array of up to 50.
struct RPCBody {
    typealias Item = Result<ControlRequest, ControlRequest.Refusal>

    static let batchLimit = 50

    let items: [Item]
    /// Whether the answer is an array, too.
    let isBatch: Bool

    /// - Throws: why there is nothing to carry out at all.
    init(_ bytes: [UInt8]) throws(ControlRequest.Refusal) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(bytes)
        } catch {
            throw ControlRequest.Refusal(id: .null, error: .notJSON("\(error)"))
        }
        guard let values = value.arrayValue else {
            items = [.success(try ControlRequest(value))]
            isBatch = false
            return
        }
        guard (1...Self.batchLimit).contains(values.count) else {
            throw ControlRequest.Refusal(
                id: .null,
                error: .noRequest("a batch has 1 to \(Self.batchLimit) requests"))
        }
        items = values.map { value in
            do throws(ControlRequest.Refusal) {
                return .success(try ControlRequest(value))
            } catch {
                return .failure(error)
            }
        }
        isBatch = true
    }
}
