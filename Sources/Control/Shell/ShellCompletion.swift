/// What the word that is being typed may become.
struct ShellCompletion: Equatable {
    /// Whole words, in the order in which they are shown.
    var candidates: [String] = []
    /// Whether a blank follows where only one fits.
    var endsWord = true

    /// - Parameter line: what was typed before the cursor.
    init(line: String, knowledge: ShellKnowledge) {
        var words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        let current = words.removeLast()
        words.removeAll(where: \.isEmpty)
        let all = Self.all(behind: words, current, knowledge)
        candidates = all.candidates.filter { $0.hasPrefix(current) }
        endsWord = all.endsWord
    }

    private init(_ candidates: [String] = [], endsWord: Bool = true) {
        self.candidates = candidates
        self.endsWord = endsWord
    }

    /// Candidates for the word `current` behind `words`, whether they begin with it or not.
    private static func all(
        behind words: [String], _ current: String, _ knowledge: ShellKnowledge
    ) -> ShellCompletion {
        guard let name = words.first else { return Self(ShellVerb.typedNames) }
        if ForwardLine.begins(words) {
            // The forward comes first, glued to its letter or not; then the peer.
            return current.isEmpty || !current.hasPrefix("-") ? Self(knowledge.peers) : Self()
        }
        guard let verb = ShellVerb.named(name) else { return Self() }
        if let value = value(of: verb.options, last: words.last) { return value }
        if current.hasPrefix("-") {
            return Self(verb.options.filter(\.isOffered).flatMap(\.spellings))
        }
        let position = arguments(in: words.dropFirst(), verb.options).count
        return offered(verb.word(at: position), current, knowledge)
    }

    private static func offered(
        _ word: ShellVerb.Word, _ current: String, _ knowledge: ShellKnowledge
    ) -> ShellCompletion {
        switch word {
        case .nothing: Self()
        case .verb: Self(ShellVerb.typedNames)
        case .peer: Self(knowledge.peers)
        case .session: Self(knowledge.sessions)
        case .forward: Self(knowledge.forwards)
        case .flow: Self(knowledge.flows)
        // Another word of the code may follow.
        case .code: Self(PairingCode.completions(of: current), endsWord: false)
        case .setting: Self(ShellSettings.keys)
        case .oneOf(let words): Self(words)
        }
    }

    /// What the option before the word takes; nil if it takes nothing.
    private static func value(
        of options: [OptionDefinition], last: String?
    ) -> ShellCompletion? {
        guard let last, let option = options.first(where: { $0.spellings.contains(last) }),
            option.value != nil
        else { return nil }
        switch option.completion {
        case .nothing, .file, .directory: return Self()
        case .choices(let choices): return Self(choices)
        case .settings:
            let settings = SettingKey.allCases.filter(ForwardRequest.settingKeys.contains).flatMap {
                key in
                (key.words ?? [""]).map { "\(key.rawValue)=\($0)" }
            }
            return Self(settings, endsWord: false)
        }
    }

    /// The words that are neither options nor their values.
    private static func arguments(
        in words: ArraySlice<String>, _ options: [OptionDefinition]
    ) -> [String] {
        var arguments: [String] = []
        var isValue = false
        for word in words {
            if isValue {
                isValue = false
            } else if word.hasPrefix("-") {
                isValue = options.contains { $0.value != nil && $0.spellings.contains(word) }
            } else {
                arguments.append(word)
            }
        }
        return arguments
    }
}
