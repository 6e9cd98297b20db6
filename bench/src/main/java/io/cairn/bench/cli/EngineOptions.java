package io.cairn.bench.cli;

import io.cairn.bench.embedded.EngineSettings;
import io.cairn.engine.config.ConfigException;
import io.cairn.engine.config.Durability;
import io.cairn.engine.config.Profile;
import io.cairn.engine.config.ThreadingMode;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the engine is opened.
 */
final class EngineOptions {
    @Option(names = "--profile", paramLabel = "NAME",
        description = "Configuration profile: balanced (default), low-latency, throughput, durable, small.")
    String profile;

    @Option(names = "--durability", paramLabel = "LEVEL",
        description = "What an acknowledgement promises: os, group or interval (default: the profile's).")
    Durability durability;

    @Option(names = "--threading", paramLabel = "MODE",
        description = "Which threads run the engine: dedicated, shared or invoker (default: the profile's).")
    ThreadingMode threading;

    @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Override a key of the configuration; may be repeated.")
    Map<String, String> overrides = new LinkedHashMap<>();

    @Option(names = "--data-dir", paramLabel = "DIR",
        description = "Where the data is kept, and left in place; by default a temporary directory that is deleted.")
    Path dataDirectory;

    EngineSettings settings() {
        return new EngineSettings(profile, durability, threading, overrides);
    }

    /** Refuses what no engine would open, before any time is spent. */
    void check() {
        if (null != profile) {
            try {
                Profile.named(profile);
            } catch (final ConfigException ex) {
                throw new BenchException(ex.getMessage(), ex);
            }
        }
    }
}
