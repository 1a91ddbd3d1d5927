# The server through which peers meet, with its relay: docs/DOCKER.md.
#
#   docker build -f packaging/docker/rendezvous.Dockerfile -t p2pfwd-rendezvous .

ARG SWIFT_VERSION=6.3
ARG DEBIAN=bookworm

FROM swift:${SWIFT_VERSION}-${DEBIAN} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libreadline-dev libssl-dev libyaml-dev pkg-config zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources ./Sources
# SwiftPM reads no package whose targets are not all there.
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --product p2pfwd -Xlinker --strip-all \
    && install -D -m 755 .build/release/p2pfwd /install/usr/local/bin/p2pfwd

FROM debian:${DEBIAN}-slim
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="p2pfwd rendezvous" \
    org.opencontainers.image.description="Server through which peers of p2pfwd meet, with a relay" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="MIT"
RUN apt-get update \
    && apt-get install -y --no-install-recommends libreadline8 libssl3 libyaml-0-2 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/p2pfwd --shell /usr/sbin/nologin p2pfwd \
    && install -d -o p2pfwd -g p2pfwd -m 700 /var/lib/p2pfwd
COPY --from=build /install/ /
USER 10001:10001
WORKDIR /var/lib/p2pfwd
# The key of the server, which clients pin, and its control socket.
VOLUME ["/var/lib/p2pfwd"]
# UDP for peers and their relayed datagrams, the port behind it for tests of NATs; TCP for WebSockets.
EXPOSE 7070/udp 7071/udp 7443/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["p2pfwd", "--home", "/var/lib/p2pfwd", "status", "--json"]
ENTRYPOINT ["p2pfwd", "--home", "/var/lib/p2pfwd", "rendezvous"]
CMD ["--listen", "[::]:7070"]
