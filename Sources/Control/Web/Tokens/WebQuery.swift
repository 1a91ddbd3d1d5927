/// The parameters in the query of a URL, as forms write them (application/x-www-form-urlencoded):
/// `a=1&b=two+words%21`.
///
/// Strict: every `%` has two digits behind it, what comes out is UTF-8 without U+0000, and every
/// parameter has a name. Errors tell places but never text, for there are secrets in it.
package struct WebQuery {
    package enum Mistake: Error, Equatable {
        /// A `%` without two hexadecimal digits; parameters are counted from 1.
        case badEscape(parameter: Int)
        case notText(parameter: Int)
        case noName(parameter: Int)
        case tooMany
        /// The parameter is there more than once.
        case twice(String)
    }

    package static let limit = 32

    package let parameters: [(name: String, value: String)]

    /// - Parameter text: what is behind the question mark; nil or empty: no parameters.
    package init(_ text: String?) throws(Mistake) {
        var parameters: [(name: String, value: String)] = []
        let parts = (text ?? "").utf8.split(
            separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() where text?.isEmpty == false {
            guard index < Self.limit else { throw .tooMany }
            let equals = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            let name = try Self.decoded(part[..<equals], index + 1)
            guard !name.isEmpty else { throw .noName(parameter: index + 1) }
            let value = try Self.decoded(part[equals...].dropFirst(), index + 1)
            parameters.append((name, value))
        }
        self.parameters = parameters
    }

    /// The value of a parameter that may be there once; nil if it is not.
    package func value(_ name: String) throws(Mistake) -> String? {
        let values = parameters.filter { $0.name == name }
        guard values.count <= 1 else { throw .twice(name) }
        return values.first?.value
    }

    /// The place, counted from 1, of the first parameter that is none of these; nil: all are known.
    package func place(ofFirstNotIn names: [String]) -> Int? {
        parameters.firstIndex { !names.contains($0.name) }.map { $0 + 1 }
    }

    private static func decoded(
        _ part: Substring.UTF8View, _ parameter: Int
    ) throws(Mistake) -> String {
        var bytes: [UInt8] = []
        var rest = part[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else {
                    throw .badEscape(parameter: parameter)
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self) else {
            throw .notText(parameter: parameter)
        }
        return text
    }

    private static func digit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            byte - UInt8(ascii: "0")
        case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
            (byte | 0x20) - UInt8(ascii: "a") + 10
        case .some, .none: nil
        }
    }
}

extension WebQuery.Mistake: CustomStringConvertible {
    package var description: String {
        switch self {
        case .badEscape(let parameter):
            "parameter \(parameter) of the query: a '%' needs two hexadecimal digits"
        case .notText(let parameter): "parameter \(parameter) of the query is not text"
        case .noName(let parameter): "parameter \(parameter) of the query has no name"
        case .tooMany: "the query has more than \(WebQuery.limit) parameters"
        case .twice(let name): "the query has '\(name)' more than once"
        }
    }
}
