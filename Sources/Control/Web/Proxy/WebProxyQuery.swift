/// The query of a URL as names and values, read strictly.
///
///     name=value&name=value
///
/// Both are percent-encoded UTF-8, in which `+` is a blank, as forms and `URLSearchParams` write it.
struct WebProxyQuery: Equatable {
    private struct Parameter: Equatable {
        let name: String
        let value: String
    }

    private static let limit = 32

    private var parameters: [Parameter] = []

    /// - Parameter query: what stands behind the question mark; nil or empty: nothing.
    /// - Throws: for what is not of that form, and for a name that is there twice.
    init(_ query: String?) throws(WebProxyRefusal) {
        guard let query, !query.isEmpty else { return }
        for pair in query.utf8.split(
            separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
        {
            guard parameters.count < Self.limit else {
                throw .parameters("the query has more than \(Self.limit) parameters")
            }
            guard let sign = pair.firstIndex(of: UInt8(ascii: "=")), sign > pair.startIndex else {
                throw .parameters("the query is not of the form name=value&name=value")
            }
            let name = try Self.decoded(pair[..<sign])
            guard self[name] == nil else {
                throw .parameters(
                    "parameter \(parameters.count + 1) of the query was there before")
            }
            let value = try Self.decoded(pair[pair.index(after: sign)...])
            parameters.append(Parameter(name: name, value: value))
        }
    }

    /// The value of a parameter; nil where there is none of this name.
    subscript(name: String) -> String? {
        // Names that only look alike are different ones.
        parameters.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// - Throws: unless all parameters are among `names`.
    func expect(_ names: [String]) throws(WebProxyRefusal) {
        // What stands for a name may be the rest of a key that has an unescaped '&' in it.
        for (index, parameter) in parameters.enumerated() where !names.contains(parameter.name) {
            let hint = nearest(to: parameter.name, among: names).map { "; did you mean '\($0)'?" }
            throw .parameters("parameter \(index + 1) of the query is unknown" + (hint ?? ""))
        }
    }

    /// - Throws: where there is no such parameter, or an empty one.
    func required(_ name: String) throws(WebProxyRefusal) -> String {
        guard let value = self[name] else { throw .parameters("'\(name)' is missing") }
        guard !value.isEmpty else { throw .parameters("'\(name)' is empty") }
        return value
    }

    private static func decoded(_ text: Substring.UTF8View) throws(WebProxyRefusal) -> String {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): bytes.append(0x20)
            case UInt8(ascii: "%"):
                guard let high = hexDigit(rest.popFirst()), let low = hexDigit(rest.popFirst())
                else {
                    throw .parameters("the percent-encoding of the query is broken")
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .parameters("the query is not UTF-8")
        }
        return text
    }

    private static func hexDigit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(let byte) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            byte - UInt8(ascii: "0")
        case .some(let byte) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20):
            (byte | 0x20) - UInt8(ascii: "a") + 10
        case .some, nil: nil
        }
    }
}

extension WebProxyRefusal {
    static func twice(_ name: String) -> WebProxyRefusal {
        .parameters("'\(name.escapedForMessage)' is there twice")
    }
}
