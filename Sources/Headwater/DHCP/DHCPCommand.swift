import ArgumentParser

/// `headwater dhcp`: addresses for hosts, from all three sides.
struct DHCPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp",
        abstract: "Give addresses to hosts, relay their questions, and ask for one.",
        subcommands: [
            DHCPServeCommand.self, DHCPLeasesCommand.self,
            DHCPRelayCommand.self, DHCPClientCommand.self,
        ])
}
