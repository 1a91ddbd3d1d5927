/// An extension of the WebSocket protocol as handshakes name it (RFC 6455 section 9.1).
package struct WebSocketExtension: Equatable, Sendable {
    package struct Parameter: Equatable, Sendable {
        package let name: String
        /// Without the quotation marks that may have been around it.
        package let value: String?
    }

    static let field = "Sec-WebSocket-Extensions"

    package let name: String
    package let parameters: [Parameter]

    package init(name: String, parameters: [Parameter] = []) {
        self.name = name
        self.parameters = parameters
    }

    /// Reads the lists of all fields of this kind.
    ///
    ///     list        extension *( "," extension )
    ///     extension   token *( ";" token [ "=" ( token | quoted token ) ] )
    ///
    /// Blanks may be around each part, and elements of a list may be empty.
    ///
    /// - Returns: the extensions in their order; nil if a list is malformed.
    package static func list(in fields: HTTPFields) -> [WebSocketExtension]? {
        var all: [WebSocketExtension] = []
        for value in fields.values(field) {
            var reader = Reader(rest: Substring(value).utf8)
            guard let list = reader.list() else { return nil }
            all += list
        }
        return all
    }

    private struct Reader {
        var rest: Substring.UTF8View

        mutating func list() -> [WebSocketExtension]? {
            var list: [WebSocketExtension] = []
            repeat {
                skipBlanks()
                if rest.isEmpty || rest.first == UInt8(ascii: ",") { continue }
                guard let element = element() else { return nil }
                list.append(element)
            } while skip(",")
            return rest.isEmpty ? list : nil
        }

        private mutating func element() -> WebSocketExtension? {
            guard let name = token() else { return nil }
            var parameters: [Parameter] = []
            while skip(";") {
                guard let name = token() else { return nil }
                var value: String?
                if skip("=") {
                    value = quotedToken() ?? token()
                    guard value != nil else { return nil }
                }
                parameters.append(Parameter(name: name, value: value))
            }
            return WebSocketExtension(name: name, parameters: parameters)
        }

        private mutating func token() -> String? {
            skipBlanks()
            let text = rest.prefix(while: HTTPCharacters.isTokenByte)
            rest = rest[text.endIndex...]
            return text.isEmpty ? nil : String(Substring(text))
        }

        /// A token in quotation marks, where each byte may stand behind a backslash; nil, and
        /// nothing read, if there is none.
        private mutating func quotedToken() -> String? {
            var bytes: [UInt8] = []
            var place = rest.drop(while: HTTPCharacters.isBlank)
            guard place.popFirst() == UInt8(ascii: "\"") else { return nil }
            while let byte = place.popFirst() {
                switch byte {
                case UInt8(ascii: "\""):
                    rest = place
                    return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let next = place.popFirst(), HTTPCharacters.isTokenByte(next) else {
                        return nil
                    }
                    bytes.append(next)
                default:
                    guard HTTPCharacters.isTokenByte(byte) else { return nil }
                    bytes.append(byte)
                }
            }
            return nil
        }

        /// Takes `mark`, if that is what comes next.
        private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
            skipBlanks()
            guard rest.first == UInt8(ascii: mark) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func skipBlanks() { rest = rest.drop(while: HTTPCharacters.isBlank) }
    }
}
