package io.cairn.engine.config;

import io.cairn.engine.fuzz.FuzzTarget;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;

import static org.junit.jupiter.api.Assertions.assertEquals;

/**
 * Configuration files, and values of single keys: a {@link ConfigException} that says what is wrong, or a configuration every value of which can be
 * read as what it is. First byte: 0 a file, otherwise the number of the key whose value follows.
 */
public final class SettingsFuzz implements FuzzTarget {
    private final Path file;

    /** With a file of its own. */
    public SettingsFuzz() {
        try {
            file = Files.createTempFile("cairn-fuzz-", ".properties");
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    @Override
    public List<byte[]> seeds() {
        final List<byte[]> seeds = new ArrayList<>();
        final List<ConfigKey> keys = List.copyOf(ConfigKeys.all());
        final StringBuilder all = new StringBuilder("\0# all\nprofile=durable\n");
        for (int i = 0; i < keys.size(); i++) {
            seeds.add(((char)(i + 1) + keys.get(i).defaultValue()).getBytes(StandardCharsets.ISO_8859_1));
            all.append(keys.get(i).name()).append(" = ").append(keys.get(i).defaultValue()).append('\n');
        }
        seeds.add(all.toString().getBytes(StandardCharsets.UTF_8));
        seeds.add("\0profile = small\nwal.segment.size: 1g\n".getBytes(StandardCharsets.UTF_8));
        for (final String value : List.of("", "k", "-1", "9223372036854775807", "8796093022208m", "1e400", "NaN", "0x10", "1 k", "३")) {
            seeds.add(("\1" + value).getBytes(StandardCharsets.UTF_8));
            seeds.add(("\n" + value).getBytes(StandardCharsets.UTF_8));
        }
        return seeds;
    }

    @Override
    public int rounds() {
        return 1_500;
    }

    @Override
    public void accept(final byte[] input) {
        final int number = 0 == input.length ? 0 : input[0] & 0xFF;
        final List<ConfigKey> keys = List.copyOf(ConfigKeys.all());
        final ConfigurationBuilder builder = EffectiveConfiguration.builder().systemProperties(new Properties());
        if (0 == number) {
            try {
                Files.write(file, input.length < 2 ? new byte[0] : java.util.Arrays.copyOfRange(input, 1, input.length));
            } catch (final IOException ex) {
                throw new UncheckedIOException(ex);
            }
            builder.file(file);
        } else {
            builder.set(keys.get((number - 1) % keys.size()).name(), new String(input, 1, input.length - 1, StandardCharsets.UTF_8));
        }
        final EffectiveConfiguration configuration;
        try {
            configuration = builder.conclude();
        } catch (final ConfigException refused) {
            assertEquals(false, refused.getMessage().isEmpty());
            return;
        }
        for (final ConfigKey key : keys) {
            read(configuration, key);
        }
        configuration.explain();
    }

    private static void read(final EffectiveConfiguration configuration, final ConfigKey key) {
        switch (key.type()) {
            case SIZE -> configuration.sizeBytes(key);
            case DURATION -> configuration.durationNs(key);
            case INTEGER -> configuration.integer(key);
            case DECIMAL -> assertEquals(false, Double.isNaN(configuration.decimal(key)));
            case BOOLEAN -> configuration.bool(key);
            default -> configuration.text(key);
        }
    }

    @Override
    public void close() {
        try {
            Files.delete(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
