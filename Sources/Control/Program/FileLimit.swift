internal import Glibc

/// How many files the process may have open; each flow needs one.
enum FileLimit {
    /// Takes as many as the system lets us have.
    ///
    /// The usual soft limit of 1024 protects programs that use `select`; nothing here does. Where
    /// it cannot be raised, accepting pauses when files run out.
    static func raise() {
        let files = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(files, &limit) == 0, limit.rlim_cur < limit.rlim_max else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(files, &limit)
    }
}
