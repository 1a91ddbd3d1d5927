extension InvocationBuilder {
    func status(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> StatusOptions {
        try refuseArguments(parsed)
        return StatusOptions(
            json: json, isWatching: parsed.count(of: .watch) > 0,
            listsFlows: parsed.count(of: .flows) > 0)
    }

    func speedTest(
        _ parsed: ArgumentParser.Result, _ json: Bool
    ) throws(CommandError) -> SpeedTestOptions {
        let values = try values(parsed)
        var options = SpeedTestOptions(
            peer: try onlyPeer(parsed), connectTimeout: try values.connectTimeout)
        options.json = json
        options.isStandalone = values.isStandalone
        options.meeting = try values.meeting
        options.seconds =
            try OptionValues.number(parsed, .seconds, in: 1...60) ?? options.seconds
        let (wantsUp, wantsDown) = (parsed.count(of: .up) > 0, parsed.count(of: .down) > 0)
        if wantsUp != wantsDown { (options.isUp, options.isDown) = (wantsUp, wantsDown) }
        return options
    }

    func report(_ parsed: ArgumentParser.Result) throws(CommandError) -> ReportOptions {
        guard parsed.arguments.count <= 1 else {
            throw .usage("report", "takes one file", hint: "p2pfwd report FILE")
        }
        var options = ReportOptions()
        options.file = parsed.arguments.first
        options.isQuick = parsed.count(of: .quick) > 0
        options.hidesAddresses = parsed.count(of: .hideAddresses) > 0
        options.meeting = try values(parsed).meeting
        return options
    }

    func logFormat(_ parsed: ArgumentParser.Result) throws(CommandError) -> LogFormat {
        guard let text = parsed.values(of: .logFormat).first else {
            return parsed.fileLogFormat ?? .text
        }
        guard let format = LogFormat(rawValue: text.lowercased()) else {
            throw .usage(
                "--log-format", "'\(text.escapedForMessage)' is no format",
                hint: "write one of: text, json")
        }
        return format
    }
}
