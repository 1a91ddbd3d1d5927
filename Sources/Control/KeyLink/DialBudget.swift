import SRMUDP

/// How much may be sent to addresses that have not answered.
///
/// Who opens a link names an address, perhaps a stranger's. So at one address at most 64 dials may
/// be unanswered at a time, and new ones begin at most 16 at once and then one each 500 ms. A dial
/// that is answered counts no longer. (What one dial sends is in `KeyLinkHub`: 1,200 bytes, again
/// after 0.6 s or more, in the end every 5 s.)
struct DialBudget {
    private struct Account {
        /// Dials that may begin at once.
        var credit = DialBudget.burst
        /// When `credit` was right.
        var updated: Instant
        var unanswered = 0

        mutating func update(now: Instant) {
            let count = (now - updated).nanoseconds / DialBudget.interval.nanoseconds
            guard count > 0 else { return }
            credit = min(DialBudget.burst, credit + Int(min(count, 1_000)))
            updated = updated + DialBudget.interval * count
        }
    }

    static let burst = 16
    static let interval: Interval = .milliseconds(500)
    static let unansweredLimit = 64
    /// With more addresses than this, those with nothing on them are forgotten.
    private static let accountLimit = 1_024

    private var accounts: [IPAddress: Account] = [:]

    var addressCount: Int { accounts.count }

    /// Whether a dial to this address may begin now; it counts as unanswered then.
    mutating func begin(_ address: IPAddress, now: Instant) -> Bool {
        var account = accounts[address] ?? Account(updated: now)
        account.update(now: now)
        guard account.credit > 0, account.unanswered < Self.unansweredLimit else { return false }
        account.credit -= 1
        account.unanswered += 1
        accounts[address] = account
        if accounts.count > Self.accountLimit { trim(now: now) }
        return true
    }

    /// A dial ended: somebody answered, or it was given up.
    mutating func end(_ address: IPAddress, isAnswered: Bool, now: Instant) {
        guard var account = accounts[address] else { return }
        account.update(now: now)
        account.unanswered = max(0, account.unanswered - 1)
        if isAnswered { account.credit = min(Self.burst, account.credit + 1) }
        accounts[address] = account
    }

    private mutating func trim(now: Instant) {
        for (address, var account) in accounts {
            account.update(now: now)
            let isIdle = account.credit == Self.burst && account.unanswered == 0
            accounts[address] = isIdle ? nil : account
        }
    }
}
