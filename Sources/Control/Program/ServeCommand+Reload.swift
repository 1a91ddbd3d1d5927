import Forwarding
import SRMUDP

// Files that are read again.
extension ServeCommand {
    /// Makes ready what the configuration file says now. `Node.prepare` comes last.
    func prepare(
        _ reloading: inout Reloading, _ host: NodeHost, _ auditor: FlowAuditor
    ) throws(CommandError) {
        let node = host.node
        let logger = host.nodeLogger
        let new = try reread()
        for warning in new.warnings { logger.warning(warning) }
        try prepareAsking(new.options, &reloading, node)
        try prepareAudit(new.options, &reloading, auditor, logger)
        try prepareMessages(new.messages, &reloading, logger)
        if new.options.web != options.web { reloading.leave("web") }
        let grantsChange = new.options.grants != options.grants
        reloading.add { [unowned self, unowned host] in
            current = new
            host.carry(new.options.autostarted)
            if grantsChange { announceGrants(logger) }
        }
        try node.prepare(nodeOptions(new.options), in: &reloading)
    }

    private func prepareAsking(
        _ new: ServeOptions, _ reloading: inout Reloading, _ node: Node
    ) throws(CommandError) {
        guard new.asking != options.asking else { return }
        let questioner = try questioner(new, node)
        reloading.add { [unowned self, unowned node] in use(questioner, of: node) }
    }

    /// The same file is opened anew under its name, so that it can be rotated.
    private func prepareAudit(
        _ new: ServeOptions, _ reloading: inout Reloading, _ auditor: FlowAuditor,
        _ logger: Logger
    ) throws(CommandError) {
        guard new.auditFile != options.auditFile else {
            return reloading.add { auditor.reopen() }
        }
        let file = try auditFile(new, logger)
        reloading.add { auditor.use(file) }
    }

    /// A level that was chosen meanwhile stays, unless the file says another one than before. The log
    /// file is opened anew under its name.
    private func prepareMessages(
        _ new: MessageSettings, _ reloading: inout Reloading, _ logger: Logger
    ) throws(CommandError) {
        let former = current.messages
        let redirect: () -> Void
        do throws(FileError) {
            redirect = new.file == nil && former.file == nil ? {} : try errors.prepare(new.file)
        } catch {
            throw CommandError("log-file", error)
        }
        reloading.add { [errors] in
            redirect()
            errors.use(new.format)
            if new.level != former.level { logger.threshold.level = new.level }
        }
    }
}
