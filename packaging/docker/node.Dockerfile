# A node that peers connect to: docs/DOCKER.md.
#
#   docker build -f packaging/docker/node.Dockerfile -t p2pfwd .

ARG SWIFT_VERSION=6.3
ARG DEBIAN=bookworm

FROM swift:${SWIFT_VERSION}-${DEBIAN} AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libreadline-dev libssl-dev libyaml-dev pkg-config zlib1g-dev \
    && if [ "$(dpkg --print-architecture)" = amd64 ]; then \
        apt-get install -y --no-install-recommends libipsec-mb-dev; \
    fi \
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
LABEL org.opencontainers.image.title="p2pfwd" \
    org.opencontainers.image.description="TCP and UDP forwarding between peers behind NATs" \
    org.opencontainers.image.version="${VERSION}" \
    org.opencontainers.image.licenses="MIT"
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates libreadline8 libssl3 libyaml-0-2 zlib1g \
    && if [ "$(dpkg --print-architecture)" = amd64 ]; then \
        apt-get install -y --no-install-recommends libipsec-mb1; \
    fi \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --no-create-home \
        --home-dir /var/lib/p2pfwd --shell /usr/sbin/nologin p2pfwd \
    && install -d -o p2pfwd -g p2pfwd -m 700 /var/lib/p2pfwd
COPY --from=build /install/ /
USER 10001:10001
WORKDIR /var/lib/p2pfwd
# The key of the node, the peers it knows, its configuration (p2pfwd.yaml) and its control socket.
VOLUME ["/var/lib/p2pfwd"]
# UDP for peers; TCP for the web server, where --web has one.
EXPOSE 7001/udp 17017/tcp
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s --retries=3 \
    CMD ["p2pfwd", "--home", "/var/lib/p2pfwd", "status", "--json"]
ENTRYPOINT ["p2pfwd", "--home", "/var/lib/p2pfwd"]
CMD ["serve", "--listen", "[::]:7001"]
