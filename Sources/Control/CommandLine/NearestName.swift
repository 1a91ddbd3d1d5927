/// The name that `text` was probably meant to be; nil if none is near enough.
///
/// Near is at most one edit (insertion, deletion, replacement) per three characters.
func nearest(to text: String, among names: [String]) -> String? {
    guard (1...64).contains(text.utf8.count) else { return nil }
    let rated = names.map { name in (name: name, distance: distance(text, name)) }
    let best = rated.min { $0.distance < $1.distance }
    guard let best, best.distance <= max(1, text.utf8.count / 3) else { return nil }
    return best.name
}

/// Levenshtein's distance, without regard to case.
private func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.lowercased().utf8)
    var row = Array(0...right.count)
    for (leftIndex, leftByte) in left.lowercased().utf8.enumerated() {
        var diagonal = row[0]
        row[0] = leftIndex + 1
        for (index, rightByte) in right.enumerated() {
            let replaced = diagonal + (leftByte == rightByte ? 0 : 1)
            diagonal = row[index + 1]
            row[index + 1] = min(replaced, diagonal + 1, row[index] + 1)
        }
    }
    return row[right.count]
}
