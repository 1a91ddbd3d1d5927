/// Finds the parts of a code in what people type, paste, or have a telephone write for them.
///
/// Numbers and words are told apart by their characters alone, so it does not matter what stands
/// between them, or whether anything does.
enum PairingCodeSpelling {
    /// Bytes of UTF-8; longer texts are no codes and not worked on.
    static let lengthLimit = 512

    /// Runs of digits (as ASCII) and runs of letters (in lower case), in order.
    static func parts(of text: String) -> [String] {
        var parts: [String] = []
        var current: Kind = .separator
        for scalar in text.unicodeScalars {
            let kind = kind(of: scalar)
            switch kind {
            case .invisible: continue
            case .separator: break
            case .digit(let value):
                if case .digit = current {} else { parts.append("") }
                parts[parts.count - 1] += String(value)
            case .letter(let text):
                if case .letter = current {} else { parts.append("") }
                parts[parts.count - 1] += text
            }
            current = kind
        }
        return parts
    }

    /// Whether a part is one of digits.
    static func isNumber(_ part: String) -> Bool {
        part.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
    }

    /// `word` as far as a terminal can show it without harm.
    static func printable(_ word: String) -> String {
        String(word.prefix(20).filter { $0.isLetter || $0.isNumber })
    }

    private enum Kind {
        case digit(Int)
        case letter(String)
        case separator
        case invisible
    }

    private static func kind(of scalar: Unicode.Scalar) -> Kind {
        switch scalar.value {
        // Variation selectors, which change nothing but looks.
        case 0xfe00...0xfe0f: return .invisible
        // What a Japanese keyboard gives for a dash counts as a letter.
        case 0x30fc, 0xff70: return .separator
        // Full-width forms of ASCII.
        case 0xff01...0xff5e:
            guard let plain = Unicode.Scalar(scalar.value - 0xfee0) else { return .separator }
            return kind(of: plain)
        default: break
        }
        let properties = scalar.properties
        if properties.numericType == .decimal, let value = properties.numericValue {
            return .digit(Int(value))
        }
        switch properties.generalCategory {
        case .format: return .invisible
        case .nonspacingMark, .spacingMark, .enclosingMark: return .letter(String(scalar))
        default:
            return properties.isAlphabetic ? .letter(properties.lowercaseMapping) : .separator
        }
    }
}
