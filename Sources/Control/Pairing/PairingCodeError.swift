/// Why a text is no code. Found on this machine, before anything is sent.
package enum PairingCodeError: Error, Equatable {
    case empty
    case tooLong
    /// The first part is no number.
    case numberMissing
    /// The number is 0 or above 4,294,967,295.
    case numberOutOfRange
    /// There are too few words, or too many.
    case wordCount(Int)
    /// A word that is not in the list; `position` counts words from 1. `nearest` was perhaps meant.
    case unknownWord(position: Int, typed: String, nearest: String?)
}

extension PairingCodeError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "there is no code"
        case .tooLong: "this is too long for a code"
        case .numberMissing: "a code begins with a number, like 4821-maple-tundra"
        case .numberOutOfRange: "no code has such a number"
        case .wordCount(1): "the code has only one word; there should be two to four"
        case .wordCount(let count): "the code has \(count) words; there should be two to four"
        case .unknownWord(let position, let typed, nil):
            "word \(position) of the code, '\(typed)', is not one of our words"
        case .unknownWord(let position, let typed, let nearest?):
            "word \(position) of the code, '\(typed)', is not one of our words;"
                + " did you mean '\(nearest)'?"
        }
    }

    package var hint: String? {
        switch self {
        case .empty, .numberMissing, .numberOutOfRange, .wordCount, .tooLong:
            "type the code as the other side shows it: a number, then words"
        case .unknownWord: "nothing was sent; the code is still good"
        }
    }
}
