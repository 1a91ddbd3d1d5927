import SRMUDP

/// How much may be sent to addresses that have not answered.
///
/// Who opens a link names an address, perhaps a stranger's. So at one address at most 64 dials may
/// be unanswered at a time, and new ones begin at most 16 at once and then one each 500 ms. A dial
/// that is answered counts no longer. (What one dial sends is in `KeyLinkHub`: 1,200 bytes, again
/// after 0.6 s or more, in the end every 6 s.)
struct DialBudget {
    private struct Account {
        /// Dials that may begin at once.
        var bucket: TokenBucket
        var unanswered = 0
    }

    private static let burst: Int64 = 16
    /// Dials in a second.
    private static let rate: Int64 = 2
    /// How long whoever may not dial had best wait.
    static let interval = Interval.milliseconds(1_000 / rate)
    static let unansweredLimit = 64
    /// With more addresses than this, those with nothing on them are forgotten.
    private static let accountLimit = 1_024

    private var accounts: [IPAddress: Account] = [:]

    var addressCount: Int { accounts.count }

    /// Whether a dial to this address may begin now; it counts as unanswered then.
    mutating func begin(_ address: IPAddress, now: Instant) -> Bool {
        var account =
            accounts[address]
            ?? Account(bucket: TokenBucket(rate: Self.rate, burst: Self.burst, now: now))
        guard account.unanswered < Self.unansweredLimit, account.bucket.take(now: now) else {
            return false
        }
        account.unanswered += 1
        accounts[address] = account
        if accounts.count > Self.accountLimit { trim(now: now) }
        return true
    }

    /// A dial ended: somebody answered, or it was given up.
    mutating func end(_ address: IPAddress, isAnswered: Bool) {
        guard var account = accounts[address] else { return }
        account.unanswered = max(0, account.unanswered - 1)
        if isAnswered { account.bucket.giveBack() }
        accounts[address] = account
    }

    private mutating func trim(now: Instant) {
        for (address, var account) in accounts {
            let isIdle = account.bucket.isFull(now: now) && account.unanswered == 0
            accounts[address] = isIdle ? nil : account
        }
    }
}
