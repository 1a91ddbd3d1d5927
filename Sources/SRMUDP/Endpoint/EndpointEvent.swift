/// What happened on one of the connections of an endpoint.
package enum EndpointEvent {
    /// A peer that dialled us proved who it is. `ticketID` is the ticket it used to introduce
    /// itself, 16 bytes; the use must be recorded before anything else is read from the connection.
    case accepted(Connection, ticketID: [UInt8]?)
    case connection(Connection, ConnectionEvent)
    case stream(Connection, StreamEvent)
}
