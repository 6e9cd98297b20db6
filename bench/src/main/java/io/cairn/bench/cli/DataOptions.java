package io.cairn.bench.cli;

import io.cairn.bench.load.KeyBytes;
import io.cairn.bench.load.KeyChooser;
import picocli.CommandLine;
import picocli.CommandLine.Option;

import java.util.Map;

/**
 * What the state consists of: how many keys, how long keys and values are, and how keys are drawn.
 */
final class DataOptions {
    private static final int KEY_BYTES_MAX = 1024;
    private static final int VALUE_BYTES_MAX = 1 << 20;
    private static final int KEYS_MAX = 1_000_000_000;

    @Option(names = "--keys", paramLabel = "N", defaultValue = "1m", converter = Converters.Count.class,
        description = "Keys in the state (default: ${DEFAULT-VALUE}).")
    long keys;

    @Option(names = "--key-size", paramLabel = "SIZE", defaultValue = "16", converter = Converters.SizeBytes.class,
        description = "Bytes of every key, 8 to 1024 (default: ${DEFAULT-VALUE}).")
    long keyBytes;

    @Option(names = "--value-size", paramLabel = "SIZE", defaultValue = "100", converter = Converters.SizeBytes.class,
        description = "Bytes of every value, 8 to 1m (default: ${DEFAULT-VALUE}).")
    long valueBytes;

    @Option(names = "--distribution", paramLabel = "NAME", defaultValue = "uniform",
        description = "How keys are drawn: uniform, zipfian or sequential (default: ${DEFAULT-VALUE}).")
    KeyChooser.Distribution distribution;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
        description = "Seed of all that is drawn (default: ${DEFAULT-VALUE}).")
    long seed;

    void check(final CommandLine commandLine) {
        require(commandLine, keys <= KEYS_MAX, "--keys " + keys + " is more than " + KEYS_MAX);
        require(commandLine, keyBytes >= KeyBytes.KEY_BYTES_MIN && keyBytes <= KEY_BYTES_MAX,
            "--key-size " + keyBytes + " is not between " + KeyBytes.KEY_BYTES_MIN + " and " + KEY_BYTES_MAX);
        require(commandLine, valueBytes >= KeyBytes.VALUE_BYTES_MIN && valueBytes <= VALUE_BYTES_MAX,
            "--value-size " + valueBytes + " is not between " + KeyBytes.VALUE_BYTES_MIN + " and " + VALUE_BYTES_MAX);
    }

    static void require(final CommandLine commandLine, final boolean isRight, final String otherwise) {
        if (!isRight) {
            throw new CommandLine.ParameterException(commandLine, otherwise);
        }
    }

    KeyChooser chooser() {
        return KeyChooser.draw(distribution, (int) keys, seed);
    }

    KeyBytes bytes() {
        return new KeyBytes((int) keyBytes, (int) valueBytes);
    }

    void describe(final Map<String, Object> configuration) {
        configuration.put("keys", keys);
        configuration.put("keyBytes", keyBytes);
        configuration.put("valueBytes", valueBytes);
        configuration.put("distribution", distribution.toString());
        configuration.put("seed", seed);
    }
}
