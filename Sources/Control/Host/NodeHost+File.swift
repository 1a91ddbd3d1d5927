import Forwarding
import SRMUDP

// The forwards that the configuration file has the node begin by itself.
extension NodeHost {
    /// Carries these from now on: what is new begins, what is not among them any more ends, and what
    /// is there already is left alone. A forward that cannot be set up does not keep the node from
    /// its other work.
    ///
    /// - Parameter wanted: one for each peer.
    func carry(_ wanted: [ForwardOptions]) {
        var missing = wanted.map { (options: $0, request: ForwardRequest(hosted: $0)) }
        // Ports are free before others listen there.
        for group in groups where group.isFromFile {
            let request = group.request
            let index = missing.firstIndex { entry in
                request.flatMap { entry.request?.isLike($0) } ?? false
            }
            guard let request, let index, let other = missing[index].request else {
                end(group)
                continue
            }
            let indices = group.indices
            let forwards = request.keeping(indices).forwards
            let kept = other.forwards.indices.filter { index in
                forwards.contains { $0 == other.forwards[index] }
            }
            let gone = zip(indices, forwards).filter { _, forward in
                !other.forwards.contains { $0 == forward }
            }
            let rest = other.forwards.indices.filter { !kept.contains($0) }
            missing[index].request = other.keeping(rest)
            missing[index].options.forwards = rest.map { missing[index].options.forwards[$0] }
            group.cancel(gone.map(\.0))
        }
        for entry in missing where !entry.options.forwards.isEmpty { begin(entry.options) }
    }

    private func begin(_ options: ForwardOptions) {
        do throws(CommandError) {
            try add(options, isKept: true, isFromFile: true)
        } catch {
            nodeLogger.error("forwards to '\(options.peer)': \(error.what): \(error.why)")
        }
    }
}
