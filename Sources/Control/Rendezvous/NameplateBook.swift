import SRMUDP

/// Chooses nameplates, and remembers which were given out lately, also when the server's process
/// did not live to tell.
///
/// The file `nameplates` has the first line `p2pfwd nameplates 1` and a line for each one that may
/// be in somebody's hands: its number and when it was taken, in seconds since 1970. A code that
/// somebody noted must not lead to another one: a nameplate is not taken again for 24 h after the
/// longest code with it is over.
///
/// Nameplates are entered by the dozen before the first of them is given out, so that few claims
/// wait for the disk. Those that were not given out when the process ends are lost with their time.
package final class NameplateBook {
    struct Entry: Equatable {
        let nameplate: Nameplate
        let taken: UnixTime
    }

    /// Nameplates that are entered at a time.
    static let batchSize = 48
    /// So long a batch may be used, in seconds.
    static let batchTime: Int64 = 3_600
    /// So long an entry is kept: as a part of its batch, in an open code, and for a day after.
    static let retention = batchTime + Int64(ClientMessage.ttlRange.upperBound) + 86_400
    /// More entries are not kept; the oldest go first. The file stays below 1 MiB.
    static let limit = 32_768

    private let file: RecordFile<Entry>
    private let random: any RandomSource
    private let clock: () -> UnixTime
    private let logger: Logger
    /// Entered and not given out yet.
    private var ready: [Nameplate] = []
    private var readySince = UnixTime(seconds: 0)

    /// - Throws: what is wrong with the file; that there is none yet is not an error.
    package init(
        file: DurableFile, random: any RandomSource, clock: @escaping () -> UnixTime,
        logger: Logger
    ) throws(FileError) {
        self.random = random
        self.clock = clock
        self.logger = logger
        self.file = try RecordFile(
            file: file, header: "p2pfwd nameplates 1", parse: Self.parse
        ) { entry in "\(entry.nameplate) \(entry.taken.seconds)" }
    }

    /// How many nameplates are not to be given out.
    package var count: Int { file.records.count }

    /// A nameplate that was not used lately; nil if that cannot be recorded.
    package func take() -> Nameplate? {
        let now = clock()
        // A clock that was set back makes a batch look young for ever, and one set ahead old.
        if ready.isEmpty || !(0..<Self.batchTime).contains(now.seconds - readySince.seconds) {
            guard fill(now: now) else { return nil }
        }
        return ready.popLast()
    }

    private func fill(now: UnixTime) -> Bool {
        var batch: [Nameplate] = []
        do throws(FileError) {
            try file.change { entries in
                entries.removeAll { $0.taken.seconds + Self.retention <= now.seconds }
                let excess = entries.count + Self.batchSize - Self.limit
                if excess > 0 { entries.removeFirst(excess) }
                var used = Set(entries.map(\.nameplate))
                for _ in 0..<Self.batchSize {
                    let nameplate = choose(besides: used)
                    used.insert(nameplate)
                    batch.append(nameplate)
                    entries.append(Entry(nameplate: nameplate, taken: now))
                }
            }
        } catch {
            logger.error("nameplates: \(error); no codes are given out")
            return false
        }
        ready = batch
        readySince = now
        return true
    }

    /// Short ones as long as most of them are free, so that people have little to type.
    private func choose(besides used: Set<Nameplate>) -> Nameplate {
        var range: Range<UInt64> = 1_000..<10_000
        while UInt64(used.count) > (range.upperBound - range.lowerBound) / 3 {
            range = range.lowerBound * 10..<range.upperBound * 10
        }
        while true {
            let number = range.lowerBound + random.next(below: range.upperBound - range.lowerBound)
            let nameplate = Nameplate(UInt32(truncatingIfNeeded: number))
            if !used.contains(nameplate) { return nameplate }
        }
    }

    private static func parse(
        _ line: String, after entries: [Entry]
    ) throws(TextLines.Complaint) -> Entry {
        let parts = line.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, let number = UInt32(parts[0]), "\(number)" == parts[0],
            let seconds = Int64(parts[1]), (0...UnixTime.limit).contains(seconds),
            "\(seconds)" == parts[1]
        else { throw .init("this is no nameplate with a time") }
        guard entries.count < limit else { throw .init("too many nameplates") }
        return Entry(nameplate: Nameplate(number), taken: UnixTime(seconds: seconds))
    }
}
