import Forwarding
import SRMUDP

/// A person or a program that decides about one destination at a time.
protocol Questioner: AnyObject {
    /// Calls `answer` at most once, perhaps before this method returns.
    func put(_ question: DestinationQuestion, _ answer: @escaping (DestinationAnswer) -> Void)
    /// The question under way is not to be answered any more.
    func withdraw()
}

extension DestinationQuestion {
    /// The target as it may be shown: names from peers can hold anything.
    var targetText: String {
        String(
            "\(target)".unicodeScalars.map { scalar in
                (0x21...0x7e).contains(scalar.value) ? Character(scalar) : "?"
            })
    }

    /// The addresses, the first few of many.
    var addressText: String {
        let shown = addresses.prefix(4).map { "\(SocketAddress($0, port: target.port))" }
        return shown.joined(separator: ", ") + (addresses.count > 4 ? ", ..." : "")
    }
}

extension DestinationAnswer {
    /// Reads a word or its first letter; nil for anything else.
    init?(word: some StringProtocol) {
        let word = word.lowercased()
        let found = Self.allCases.first {
            $0.rawValue == word || String($0.rawValue.prefix(1)) == word
        }
        guard let found else { return nil }
        self = found
    }
}
