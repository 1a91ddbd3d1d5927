/// What a node takes over from files that were read again.
///
/// Each part is made ready first, which may fail; only when all are ready are they taken over, so
/// that a mistake changes nothing.
struct Reloading {
    private var steps: [() -> Void] = []
    /// Keys whose new values hold from the next start on.
    private(set) var laterKeys: [String] = []

    /// - Parameter step: takes over what was made ready, and cannot fail.
    mutating func add(_ step: @escaping () -> Void) { steps.append(step) }

    /// The new value of this key cannot be taken over while the node runs.
    mutating func leave(_ key: String) { laterKeys.append(key) }

    func takeOver() {
        for step in steps { step() }
    }
}
