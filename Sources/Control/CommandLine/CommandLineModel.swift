enum CommandLineModel { static let commandNames: Set<String> = ["serve", "ticket"] }
