internal import Glibc

/// What the process takes of the machine; read when somebody asks.
struct ProcessUsage: Equatable {
    /// Of all threads, in the program and in the system for it.
    var cpuSeconds: Double = 0
    var residentBytes: UInt64 = 0
    var virtualBytes: UInt64 = 0
    var openFiles: UInt64 = 0
    /// Nil: as many as it likes.
    var fileLimit: UInt64?

    /// What is not to be learned stays nothing.
    static var current: ProcessUsage {
        var usage = ProcessUsage()
        var resources = rusage()
        if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &resources) == 0 {
            usage.cpuSeconds = resources.ru_utime.seconds + resources.ru_stime.seconds
        }
        let pages = memoryPages("/proc/self/statm")
        if pages.count >= 2 {
            let size = UInt64(clamping: sysconf(Int32(_SC_PAGESIZE)))
            usage.virtualBytes = pages[0] &* size
            usage.residentBytes = pages[1] &* size
        }
        usage.openFiles = openFiles
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0,
            limit.rlim_cur != rlim_t.max
        {
            usage.fileLimit = UInt64(limit.rlim_cur)
        }
        return usage
    }

    /// The numbers of `/proc/self/statm` (proc(5)): all pages, resident pages, ...
    private static func memoryPages(_ path: String) -> [UInt64] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return parsePages(bytes[..<count])
    }

    static func parsePages(_ bytes: ArraySlice<UInt8>) -> [UInt64] {
        bytes.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }.map { digits in
            UInt64(String(decoding: digits, as: UTF8.self)) ?? 0
        }
    }

    /// Not the one through which they are counted.
    private static var openFiles: UInt64 {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        var count: UInt64 = 0
        while readdir(folder) != nil { count += 1 }
        // `.`, `..` and the folder itself.
        return count > 3 ? count - 3 : 0
    }
}

extension timeval {
    fileprivate var seconds: Double { Double(tv_sec) + Double(tv_usec) / 1_000_000 }
}
