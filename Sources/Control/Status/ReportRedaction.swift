import SRMUDP

/// Takes out of a text what nobody but its owner should read.
///
/// Whatever looks like a ticket, a pairing code, or a password in an address goes, node IDs are
/// shortened, and IP addresses get numbers if that is wanted: the same number each time.
struct ReportRedaction {
    private static let idLength = 12

    private let hidesAddresses: Bool
    private let homeFolder: String?
    private var numbers: [String: Int] = [:]

    /// - Parameter homeFolder: the user's, whose name is not told: it becomes `~`.
    init(hidesAddresses: Bool, homeFolder: String? = nil) {
        self.hidesAddresses = hidesAddresses
        self.homeFolder = homeFolder.flatMap { $0.count > 1 ? $0 : nil }
    }

    mutating func clean(_ text: String) -> String {
        var cleaned = ""
        var word = ""
        for character in text {
            if Self.isPartOfWord(character) {
                word.append(character)
            } else {
                cleaned += clean(word: word)
                word = ""
                cleaned.append(character)
            }
        }
        return cleaned + clean(word: word)
    }

    /// Words end where nothing goes on that is to be hidden as a whole.
    private static func isPartOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "-_.:[]%/@+~".contains(character)
    }

    private mutating func clean(word: String) -> String {
        // What ends a sentence is no part of what stands before it.
        var core = word
        while let last = core.last, last == "." || (last == ":" && !core.hasSuffix("::")) {
            core.removeLast()
        }
        let rest = word.dropFirst(core.count)
        return "\(core.isEmpty ? "" : clean(core: core))\(rest)"
    }

    private mutating func clean(core word: String) -> String {
        if let homeFolder, word == homeFolder || word.hasPrefix(homeFolder + "/") {
            return "~" + clean(word: String(word.dropFirst(homeFolder.count)))
        }
        if let start = Self.place(of: Ticket.prefix, in: word) {
            return "\(word[..<start])<ticket>"
        }
        if let start = Self.place(of: NodeID.prefix, in: word) {
            let id = word[start...].prefix { $0.isLetter || $0.isNumber }
            let rest = String(word[start...].dropFirst(id.count))
            return "\(word[..<start])\(id.prefix(Self.idLength))...\(clean(word: rest))"
        }
        if Self.looksLikeCode(word) { return "<code>" }
        if let sign = word.lastIndex(of: "@"), word[..<sign].contains(":") {
            return "<password>" + clean(word: String(word[sign...]))
        }
        return hidesAddresses ? hidingAddress(word) : word
    }

    private static func place(of part: String, in word: String) -> String.Index? {
        word.indices.first { word[$0...].prefix(part.count).lowercased() == part }
    }

    /// `4821-maple-tundra`: digits, and two words or more.
    private static func looksLikeCode(_ word: String) -> Bool {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count >= 3, let first = parts.first, !first.isEmpty else { return false }
        return first.allSatisfy { $0.isASCII && $0.isNumber }
            && parts.dropFirst().allSatisfy { part in
                !part.isEmpty && part.allSatisfy { $0.isASCII && $0.isLetter }
            }
    }

    private mutating func hidingAddress(_ word: String) -> String {
        if let address = IPAddress(word) { return name(of: address) }
        if let address = SocketAddress(word) {
            // Written as it was, `[::]:7001` keeps its brackets.
            return Self.isCommon(address.ip) ? word : "\(name(of: address.ip)):\(address.port)"
        }
        // A network with its length, or an address with its interface.
        for mark in ["/", "%"] as [Character] {
            guard let place = word.firstIndex(of: mark) else { continue }
            if let address = IPAddress(word[..<place]) {
                return "\(name(of: address))\(word[place...])"
            }
        }
        return word
    }

    /// Addresses that every machine has say nothing.
    private static func isCommon(_ address: IPAddress) -> Bool {
        address.isLoopback || address.isUnspecified
    }

    private mutating func name(of address: IPAddress) -> String {
        guard !Self.isCommon(address) else { return "\(address)" }
        let text = "\(address)"
        if numbers[text] == nil { numbers[text] = numbers.count + 1 }
        return "address-\(numbers[text] ?? 0)"
    }
}
