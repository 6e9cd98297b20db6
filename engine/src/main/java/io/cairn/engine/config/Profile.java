package io.cairn.engine.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/**
 * A named set of values, shipped as a properties file in the jar. A key that a profile does not set has the registry's default.
 */
public final class Profile {
    /** The profile that is used where none is named. */
    public static final String DEFAULT_NAME = "balanced";

    private static final String DESCRIPTION = "profile.description";
    private static final List<String> NAMES = List.of("balanced", "low-latency", "throughput", "durable", "small");

    private final String name;
    private final String description;
    private final Map<String, String> values;

    private Profile(final String name, final String description, final Map<String, String> values) {
        this.name = name;
        this.description = description;
        this.values = values;
    }

    /**
     * Names of the shipped profiles, the default first.
     *
     * @return the names.
     */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * Load a shipped profile.
     *
     * @param name of the profile.
     * @return the profile.
     * @throws ConfigException if there is none of that name.
     */
    public static Profile named(final String name) {
        if (!NAMES.contains(name)) {
            throw new ConfigException(
                "unknown profile '" + name + "'" + Spelling.suggestion(name, NAMES) + "; shipped are " + String.join(", ", NAMES));
        }
        final Properties properties = new Properties();
        try (InputStream stream = Profile.class.getResourceAsStream(name + ".properties");
            Reader reader = new InputStreamReader(stream, StandardCharsets.UTF_8)) {
            properties.load(reader);
        } catch (final IOException ex) {
            throw new ConfigException("profile " + name + " cannot be read from the jar: " + ex.getMessage());
        }
        final Map<String, String> values = new TreeMap<>();
        properties.stringPropertyNames().forEach(key -> values.put(key, properties.getProperty(key).strip()));
        final String description = values.remove(DESCRIPTION);
        return new Profile(name, description == null ? "" : description, Map.copyOf(values));
    }

    /**
     * Name.
     *
     * @return the name.
     */
    public String name() {
        return name;
    }

    /**
     * Whom the profile is for, in a sentence.
     *
     * @return the description.
     */
    public String description() {
        return description;
    }

    /**
     * The values the profile sets.
     *
     * @return key to value, as written.
     */
    public Map<String, String> values() {
        return values;
    }
}
