import TestSupport

/// Makes new inputs from known ones: flips, splices, repeats, cuts, and lies about lengths.
struct FuzzMutator {
    private let random: SeededRandomSource
    private let corpus: [[UInt8]]

    init(seed: UInt64, corpus: [[UInt8]]) {
        random = SeededRandomSource(seed: seed)
        self.corpus = corpus
    }

    func makeInput() -> [UInt8] {
        var input = pick()
        for _ in 0...random.next(below: 6) { mutate(&input) }
        return [UInt8](input.prefix(16_384))
    }

    private func pick() -> [UInt8] { corpus[Int(random.next(below: UInt64(corpus.count)))] }

    private func place(in input: [UInt8]) -> Int {
        Int(random.next(below: UInt64(input.count) + 1))
    }

    private func mutate(_ input: inout [UInt8]) {
        let start = place(in: input)
        let end = min(input.count, start + 1 + Int(random.next(below: 32)))
        switch random.next(below: 7) {
        case 0 where start < end: input[start] ^= 1 << UInt8(random.next(below: 8))
        case 1 where start < end: input[start] = boundary()
        case 2: input.insert(contentsOf: random.bytes(count: end - start), at: start)
        case 3: input.removeSubrange(start..<end)
        case 4: input.insert(contentsOf: input[start..<end], at: place(in: input))
        case 5:
            let other = pick()
            input = [UInt8](input[..<start]) + other[place(in: other)...]
        default: input += random.bytes(count: 1 + Int(random.next(below: 40)))
        }
    }

    /// Values at which varints and lengths change their nature.
    private func boundary() -> UInt8 {
        let values: [UInt8] = [0, 1, 0x3f, 0x40, 0x7f, 0x80, 0xbf, 0xc0, 0xff, 199, 200, 255]
        return values[Int(random.next(below: UInt64(values.count)))]
    }
}
