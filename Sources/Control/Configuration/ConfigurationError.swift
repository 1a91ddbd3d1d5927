/// What is wrong with a configuration file, and where.
package struct ConfigurationError: Error, Equatable {
    package let place: TextPlace
    /// The key with those above it (`peers.homebox.via`); nil for what is no YAML at all.
    package let key: String?
    /// A part of a sentence.
    package let why: String
    package let hint: String?

    init(_ place: TextPlace, _ key: String, _ why: String, hint: String? = nil) {
        self.init(place, key: key, why: why, hint: hint)
    }

    init(_ place: TextPlace, _ why: String, hint: String? = nil) {
        self.init(place, key: nil, why: why, hint: hint)
    }

    private init(_ place: TextPlace, key: String?, why: String, hint: String?) {
        self.place = place
        self.key = key
        self.why = why
        self.hint = hint
    }

    /// `p2pfwd: FILE:LINE:COLUMN: what: why`
    package func commandError(in path: String) -> CommandError {
        CommandError(
            "\(path):\(place): \(key?.escapedForMessage ?? "YAML")", why, hint: hint, .usage)
    }
}
