# vpnlint in a slim Debian: the CEL library has no wheel for musl.
#   docker build -t vpnlint . && docker run --rm -v "$PWD:/repository:ro" vpnlint check
FROM python:3.13-slim AS build
COPY . /source
RUN python -m venv /opt/vpnlint && /opt/vpnlint/bin/pip install --no-cache-dir --disable-pip-version-check /source

FROM python:3.13-slim
# --since asks git; the repository belongs to somebody else than the user in here.
RUN apt-get update -qq \
    && apt-get install -qq --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && git config --system --add safe.directory /repository
COPY --from=build /opt/vpnlint /opt/vpnlint
USER 65532:65532
WORKDIR /repository
ENTRYPOINT ["/opt/vpnlint/bin/vpnlint"]
CMD ["check"]
