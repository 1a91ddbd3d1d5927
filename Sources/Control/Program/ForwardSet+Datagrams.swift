import Forwarding
import SRMUDP

// Forwards of UDP.
extension ForwardSet {
    func datagrams(_ specification: ForwardSpecification) throws(CommandError) -> Made {
        guard let request = specification.openRequest else {
            throw CommandError(
                "forward \(specification)", "the destination cannot be asked for", .usage)
        }
        let addresses = try listenAddresses(of: specification)
        do throws(SystemError) {
            let forward = try DatagramForward(
                loop: loop, listening: addresses, request: { _ in request },
                memory: datagramMemory, limits: options.transport.datagramLimits, report: report)
            return Made(forward: forward, standing: Standing(forward.addresses))
        } catch {
            throw .failed(specification, "\(error)")
        }
    }
}
