package io.cairn.bench.embedded;

import io.cairn.engine.config.Durability;
import io.cairn.engine.config.ThreadingMode;

import java.util.Map;

/**
 * How an engine is to be opened; null leaves a choice to the profile.
 *
 * @param profile    name of a shipped profile.
 * @param durability what an acknowledgement promises.
 * @param threading  which threads run the agents.
 * @param overrides  further keys of the configuration, by name.
 */
public record EngineSettings(String profile, Durability durability, ThreadingMode threading, Map<String, String> overrides) {
}
