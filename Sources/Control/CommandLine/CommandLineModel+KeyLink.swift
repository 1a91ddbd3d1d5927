/// The command that is one end of a link between two sides that share a key.
extension CommandLineModel {
    static let listenKeyDefinition = CommandDefinition(
        name: "listen-key", summary: "exchange messages with whoever has the same key",
        synopses: ["listen-key --key-file FILE [--port PORT] [--remote HOST:PORT]"],
        details: [
            "No pairing: who has the key is trusted. The other end is another p2pfwd listen-key,",
            "or a web client of /v0/ws/proxy. Where both name each other's address they meet",
            "through NATs; without --remote it waits for the other end. Lines of standard input are",
            "sent as text messages; messages are printed as lines, binary ones as they are. It goes",
            "on until it is interrupted, also when standard input ends; see --once.",
            "FILE (0600) has a password of at least 8 characters on its first line, or key: and 32",
            "random bytes in base64url. With --json each line is an object: {\"type\":\"data\",",
            "\"format\":\"text\",\"data\":\"...\"}; \"format\":\"binary\" has base64 as data; objects",
            "with \"type\":\"status\" tell how the link is.",
        ],
        options: [
            OptionDefinition(
                .keyFile, long: "key-file", value: "FILE", completion: .file,
                summary: "the key that both ends share"),
            OptionDefinition(
                .port, long: "port", value: "PORT",
                summary: "UDP port to listen on (default \(KeyLinkHub.defaultPort)); 0 is any"),
            OptionDefinition(
                .remoteEnd, long: "remote", value: "HOST:PORT",
                summary: "where the other end is; by default it calls"),
            OptionDefinition(
                .json, long: "json", summary: "read and print JSON objects, one a line"),
            OptionDefinition(
                .echo, long: "echo",
                summary: "send every message back; standard input and output are left alone"),
            OptionDefinition(
                .once, long: "once",
                summary: "end when all lines were delivered, or the other end closes the link"),
        ],
        examples: [
            "(umask 077; printf 'key:%s\\n' \"$(openssl rand -base64 32 | tr +/ -_ | tr -d =)\" > key)",
            "p2pfwd listen-key --key-file key",
            "echo hello | p2pfwd listen-key --key-file key --port 0 --remote example.org:17171 --once",
        ])
}
