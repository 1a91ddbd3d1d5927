/// A request as a client sent it, checked for everything but its meaning.
package struct ControlRequest: Equatable {
    /// Why a line is no request, and to whom that is answered: null if its `id` is not known.
    package struct Refusal: Error, Equatable {
        package let id: JSONValue
        package let error: ControlError
    }

    private static let memberNames = ["jsonrpc", "id", "method", "params"]

    /// Nil: no answer is wanted.
    package let id: JSONValue?
    package let method: String
    package let parameters: JSONValue

    /// - Parameter line: without its end.
    package init(_ line: [UInt8]) throws(Refusal) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONParser.parse(line)
        } catch {
            throw Refusal(id: .null, error: .notJSON("\(error)"))
        }
        try self.init(value)
    }

    /// - Parameter value: what was read.
    package init(_ value: JSONValue) throws(Refusal) {
        guard let members = value.members else {
            let isBatch = value.arrayValue != nil
            throw Refusal(
                id: .null,
                error: .noRequest(isBatch ? "batches are not taken" : "it is not an object"))
        }
        id = try Self.id(of: value)
        do throws(ControlError) {
            method = try Self.method(of: value, members)
            parameters = try Self.parameters(of: value)
        } catch {
            throw Refusal(id: id ?? .null, error: error)
        }
    }

    private static func id(of value: JSONValue) throws(Refusal) -> JSONValue? {
        guard let id = value["id"] else { return nil }
        switch id {
        case .number, .string, .null: return id
        case .bool, .decimal, .array, .object:
            throw Refusal(id: .null, error: .noRequest("'id' must be a whole number or text"))
        }
    }

    private static func method(
        of value: JSONValue, _ members: [JSONValue.Member]
    ) throws(ControlError) -> String {
        guard value["jsonrpc"] == .string("2.0") else {
            throw .noRequest("'jsonrpc' must be \"2.0\"")
        }
        for member in members where !memberNames.contains(member.name) {
            throw .noRequest("'\(member.name)' is not known")
        }
        guard let method = value["method"]?.stringValue else {
            throw .noRequest("'method' must be text")
        }
        return method
    }

    private static func parameters(of value: JSONValue) throws(ControlError) -> JSONValue {
        guard let parameters = value["params"] else { return .object([]) }
        guard parameters.members != nil else { throw .invalidParameters("it must be an object") }
        return parameters
    }
}
