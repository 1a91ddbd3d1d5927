extension FuzzSeeds {
    static var configurations: [(name: String, input: [UInt8])] {
        let texts: [(String, String)] = [
            ("top", top), ("peers", peers), ("flow", flow), ("web", web), ("quoted", quoted),
            ("mistakes", "holt: 1m\nhold: 15\nhold: [1]\n"),
            ("anchors", "a: &a [x]\nb: *a\n<<: *a\n"), ("tags", "hold: !!str 1m\n"),
            ("documents", "%YAML 1.1\n---\nhold: 1m\n...\n---\nhold: 2m\n"),
            ("deep", String(repeating: "[", count: 40)),
            ("complex", "? [hold]\n: 1m\n? hold\n: 1m\n"),
        ]
        let bytes: [(String, [UInt8])] = [
            ("mark", [0xef, 0xbb, 0xbf, 0x61]), ("wide", [0xff, 0xfe, 0x61, 0, 0x3a, 0]),
            ("invalid", [0x61, 0x3a, 0x20, 0xc3]),
            ("returns", [0x61, 0x3a, 0x20, 0x31, 0x0d, 0x0a]),
        ]
        return texts.map { ($0.0, [UInt8]($0.1.utf8)) } + bytes
    }

    private static let top = """
        # everything at the top
        listen: "[::]:7001"
        name: attic
        rendezvous: [rv.example:7070, 'wss://rv.example']
        path: relay
        address-family: inet6
        bind-address: 2001:db8::1
        proxy: http://u:p@proxy:3128
        probe-budget: 64
        permit: [localhost:80, "[::1]:22", 10.0.0.1/8:*, /run/app.sock]
        permit-listen: 8000-8010
        gateway-ports: clientspecified
        permit-relay: yes
        max-flows: 100
        rate: 1M
        ask: true
        audit: ~/audit
        hold: 1h
        congestion: cubic
        largest-datagram: 1400
        log-level: debug

        """

    private static let peers = """
        peers:
          homebox:
            autostart: true
            forwards:
              - -L 8080:localhost:80
              - "-R 9000:localhost:3000"
              - -D1080
            via: [a, b]
            stream-local-bind-mask: 0111
            permit-remote-open: none
          attic: {path: direct, gateway-ports: no}

        """

    private static let web = """
        web:
          listen: "[::1]:17017"
          tls-cert: c.pem
          tls-key: ~/k.pem
          client-ca: ca.pem
          hosts: [node.example, "2001:db8::1"]
          origins: "https://app.example:8443"
          plain: false
          token-callers: loopback
          open-metrics: yes
          udp: 0
          clients: 100

        """

    private static let flow =
        #"{hold: 1m, peers: {a: {forwards: ["-L 1:b:2", '-D 3'], via: b}}, permit: [any]}"#

    private static let quoted =
        "audit: \"a\\tb\\u00fc\\\\\"\nname: 'x'\ntls-ca: >-\n  folded\n  text\naudit: |-\n  x\n"
}
