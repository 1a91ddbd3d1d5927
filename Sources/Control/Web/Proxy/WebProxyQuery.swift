/// The parameters of a request at `/v0/ws/proxy`, of which each may be there once.
///
/// What is wrong is told by the place of a parameter: what stands for a name may be the rest of a
/// key that has an unescaped `&` in it.
package struct WebProxyQuery {
    private let query: WebQuery

    /// - Parameter text: what stands behind the question mark; nil or empty: nothing.
    package init(_ text: String?) throws(WebProxyRefusal) {
        do throws(WebQuery.Mistake) {
            query = try WebQuery(text)
        } catch {
            throw .parameters(error.description)
        }
        var names: Set<String> = []
        for (index, parameter) in query.parameters.enumerated() {
            guard names.insert(parameter.name).inserted else {
                throw .parameters("parameter \(index + 1) of the query was there before")
            }
        }
    }

    /// The value of a parameter; nil where there is none of this name.
    package subscript(name: String) -> String? {
        query.parameters.first { $0.name == name }?.value
    }

    /// - Throws: unless all parameters are among `names`.
    package func expect(_ names: [String]) throws(WebProxyRefusal) {
        guard let place = query.place(ofFirstNotIn: names) else { return }
        let hint = nearest(to: query.parameters[place - 1].name, among: names)
        throw .parameters(
            "parameter \(place) of the query is unknown"
                + (hint.map { "; did you mean '\($0)'?" } ?? ""))
    }

    /// - Throws: where there is no such parameter, or an empty one.
    package func required(_ name: String) throws(WebProxyRefusal) -> String {
        guard let value = self[name] else { throw .parameters("'\(name)' is missing") }
        guard !value.isEmpty else { throw .parameters("'\(name)' is empty") }
        return value
    }
}

extension WebProxyRefusal {
    package static func twice(_ name: String) -> WebProxyRefusal {
        .parameters("'\(name)' is there twice")
    }
}
