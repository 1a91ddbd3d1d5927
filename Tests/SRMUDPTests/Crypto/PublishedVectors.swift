import Foundation

/// The bytes of a hexadecimal text.
func bytes(hex text: String) -> [UInt8] {
    let digits = text.filter { !$0.isWhitespace }.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map {
        UInt8(digits[$0] << 4 | digits[$0 + 1])
    }
}

/// The hexadecimal text of some bytes.
func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

/// Files of public test vectors that stand beside the checkout, or in $P2PFWD_VECTORS.
enum PublishedVectors {
    private static var folder: URL {
        if let path = ProcessInfo.processInfo.environment["P2PFWD_VECTORS"] {
            return URL(fileURLWithPath: path)
        }
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let beside = package.deletingLastPathComponent().appendingPathComponent("shared/vectors")
        return beside
    }

    /// The parsed file, or nil and a message if it is not there.
    static func load(_ name: String) -> [String: Any]? {
        let url = folder.appendingPathComponent(name)
        guard let data = try? Data(contentsOf: url),
            let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        else {
            print("skipped: \(name) is not beside the checkout nor in $P2PFWD_VECTORS")
            return nil
        }
        return object
    }

    /// One test of a Wycheproof file with the properties of its group.
    struct Case {
        let group: [String: Any]
        let fields: [String: Any]

        func bytes(_ name: String) -> [UInt8] {
            SRMUDPTests.bytes(hex: fields[name] as? String ?? "")
        }
        func number(_ name: String) -> Int {
            fields[name] as? Int ?? group[name] as? Int ?? -1
        }
        var isValid: Bool { fields["result"] as? String == "valid" }
        var result: String { fields["result"] as? String ?? "" }
        var name: String { "case \(number("tcId"))" }
    }

    static func wycheproof(_ name: String) -> [Case] {
        let groups = load(name)?["testGroups"] as? [[String: Any]] ?? []
        return groups.flatMap { group in
            (group["tests"] as? [[String: Any]] ?? []).map { Case(group: group, fields: $0) }
        }
    }
}
