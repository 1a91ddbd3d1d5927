/// What the meaning of a command line depends on beside its words: given by the program, replaced
/// by tests.
package struct Surroundings {
    /// Looks an environment variable up.
    package var variable: (String) -> String?
    /// Looks the port of a TCP service up.
    package var service: (String) -> UInt16?
    /// The content of a file; nil if there is none.
    package var readFile: (String) throws(FileError) -> [UInt8]? = { _ throws(FileError) in nil }
    /// The content of a configuration file of the home; nil if there is none.
    package var readConfiguration: (String) throws(FileError) -> [UInt8]? = {
        _ throws(FileError) in nil
    }
    /// The files that match a pattern of the shell, in order.
    package var matchingFiles: (String) -> [String] = { [$0] }
    package var userName = ""
    /// The folder that relative paths begin at, without a slash at its end.
    package var workingDirectory = ""
    package var isRoot = false
    /// With its domain.
    package var hostName = ""

    package init(
        variable: @escaping (String) -> String?, service: @escaping (String) -> UInt16?
    ) {
        self.variable = variable
        self.service = service
    }

    /// What `%h` and its like stand for in paths; nil for a letter that means nothing here.
    ///
    /// The peer is `%h` and `%n`, this machine `%l` (with its domain) and `%L`, the user `%u`, and
    /// the user's home `%d`.
    func token(_ letter: Character, peer: String) -> String? {
        switch letter {
        case "%": "%"
        case "h", "n": peer
        case "l": hostName
        case "L": String(hostName.prefix { $0 != "." })
        case "u": userName
        case "d": variable("HOME")
        case _: nil
        }
    }

    /// The text with its tokens replaced; nil if one is unknown.
    func expand(_ text: String, peer: String) -> String? {
        var result = ""
        var rest = text[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            guard let value = rest.popFirst().flatMap({ token($0, peer: peer) }) else {
                return nil
            }
            result += value
        }
        return result
    }
}
