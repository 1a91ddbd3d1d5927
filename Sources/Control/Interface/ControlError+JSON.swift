// What an error looks like in answers and events.
extension ControlError {
    ///     {"code":3,"message":"WHAT: WHY","data":{...}}
    var json: JSONValue {
        .object(
            [("code", .number(code)), ("message", .string(message))]
                + (data.map { [("data", $0)] } ?? []))
    }

    /// Nil for what is no error.
    init?(json: JSONValue) {
        guard let code = json["code"]?.integerValue, let message = json["message"]?.stringValue
        else { return nil }
        self.init(code: code, message: message, data: json["data"])
    }
}
