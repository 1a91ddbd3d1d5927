/// How the node of a home is, whatever a command says: what its configuration file has at the top.
package struct NodeSettings: Equatable {
    package var meeting = MeetingSettings()
    package var transport = TransportSettings()

    package init() {}
}
