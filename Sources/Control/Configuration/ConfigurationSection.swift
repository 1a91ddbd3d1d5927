/// The checked values of one mapping of the configuration file.
struct ConfigurationSection: Equatable, Sendable {
    /// What is written for one key.
    struct Value: Equatable, Sendable {
        /// One of a list.
        struct Item: Equatable, Sendable {
            /// In its usual spelling; paths are whole.
            let text: String
            let place: TextPlace
        }

        let key: ConfigurationKey
        /// Where the key stands.
        let place: TextPlace
        /// One, unless the key takes a list.
        let items: [Item]

        var texts: [String] { items.map(\.text) }
    }

    private(set) var values: [Value] = []

    func value(_ name: String) -> Value? { values.first { $0.key.name == name } }

    /// Whether a flag is written as true.
    func isSet(_ name: String) -> Bool { value(name)?.texts == ["true"] }

    mutating func append(_ value: Value) { values.append(value) }
}
