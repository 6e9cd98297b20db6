package io.cairn.engine.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The configuration a node runs with: one value per key, each with its origin. Profile, then file, then system properties {@code cairn.*}, then code;
 * the later wins. Immutable, any thread.
 */
public final class EffectiveConfiguration {
    private final String profileName;
    private final Map<ConfigKey, Setting> settings;
    private final List<String> warnings;

    EffectiveConfiguration(final String profileName, final Map<ConfigKey, Setting> settings, final List<String> warnings) {
        this.profileName = profileName;
        this.settings = settings;
        this.warnings = warnings;
    }

    /**
     * A value and where it came from.
     *
     * @param value  as written.
     * @param origin for a person: {@code default}, {@code profile NAME}, {@code file PATH}, {@code system property NAME} or {@code code}.
     * @param layer  that gave the value.
     */
    public record Setting(String value, String origin, Layer layer) {
    }

    /** Where a value may come from, the weakest first. */
    public enum Layer {
        /** The registry. */
        DEFAULT,
        /** The profile. */
        PROFILE,
        /** A configuration file. */
        FILE,
        /** A system property. */
        SYSTEM,
        /** The embedding program, or an option of the command line. */
        CODE
    }

    /**
     * Start to build a configuration.
     *
     * @return a new builder.
     */
    public static ConfigurationBuilder builder() {
        return new ConfigurationBuilder();
    }

    /**
     * Name of the profile.
     *
     * @return the name.
     */
    public String profileName() {
        return profileName;
    }

    /**
     * The setting of a key.
     *
     * @param key of the registry.
     * @return its value and origin.
     */
    public Setting setting(final ConfigKey key) {
        return settings.get(key);
    }

    /**
     * What is allowed, yet probably not meant.
     *
     * @return one line each.
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * The value as written.
     *
     * @param key of any type.
     * @return the text.
     */
    public String text(final ConfigKey key) {
        return settings.get(key).value();
    }

    /**
     * The value of a {@link ValueType#SIZE} key.
     *
     * @param key of that type.
     * @return bytes.
     */
    public long sizeBytes(final ConfigKey key) {
        return number(key, ValueType.SIZE);
    }

    /**
     * The value of a {@link ValueType#DURATION} key.
     *
     * @param key of that type.
     * @return nanoseconds.
     */
    public long durationNs(final ConfigKey key) {
        return number(key, ValueType.DURATION);
    }

    /**
     * The value of a {@link ValueType#INTEGER} key.
     *
     * @param key of that type.
     * @return the number.
     */
    public long integer(final ConfigKey key) {
        return number(key, ValueType.INTEGER);
    }

    /**
     * The value of a {@link ValueType#DECIMAL} key.
     *
     * @param key of that type.
     * @return the number.
     */
    public double decimal(final ConfigKey key) {
        require(key, ValueType.DECIMAL);
        return Double.parseDouble(text(key));
    }

    /**
     * The value of a {@link ValueType#BOOLEAN} key.
     *
     * @param key of that type.
     * @return the value.
     */
    public boolean bool(final ConfigKey key) {
        require(key, ValueType.BOOLEAN);
        return Boolean.parseBoolean(text(key));
    }

    /**
     * The value of a {@link ValueType#CHOICE} key.
     *
     * @param key  of that type.
     * @param type the enumeration the key was registered with.
     * @param <E>  the enumeration.
     * @return the constant.
     */
    public <E extends Enum<E>> E choice(final ConfigKey key, final Class<E> type) {
        require(key, ValueType.CHOICE);
        return Enum.valueOf(type, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    /**
     * The value of a key that holds a directory.
     *
     * @param key  of type {@link ValueType#TEXT}.
     * @param otherwise where the value is empty.
     * @return the directory.
     */
    public Path directory(final ConfigKey key, final Path otherwise) {
        require(key, ValueType.TEXT);
        return text(key).isEmpty() ? otherwise : Path.of(text(key));
    }

    private long number(final ConfigKey key, final ValueType type) {
        require(key, type);
        return key.parseLong(text(key));
    }

    private static void require(final ConfigKey key, final ValueType type) {
        if (key.type() != type) {
            throw new IllegalArgumentException(key.name() + " is of type " + key.type() + ", not " + type);
        }
    }

    /**
     * Every key with its value, origin, meaning and cost, for a person.
     *
     * @return some lines for each key.
     */
    public String explain() {
        final StringBuilder text = new StringBuilder(8192);
        text.append("profile ").append(profileName).append(": ").append(Profile.named(profileName).description()).append('\n');
        ConfigKeys.all().forEach(key -> text.append('\n').append(explain(key)));
        warnings.forEach(warning -> text.append("\nwarning: ").append(warning).append('\n'));
        return text.toString();
    }

    /**
     * One key with its value, origin, meaning and cost, for a person.
     *
     * @param key to explain.
     * @return some lines.
     */
    public String explain(final ConfigKey key) {
        final Setting setting = settings.get(key);
        return key.name() + " = " + (setting.value().isEmpty() ? "\"\"" : setting.value()) + "  (" + setting.origin() + ")\n" +
            "    " + key.doc() + "\n" +
            "    Cost: " + key.cost() + "\n" +
            "    Takes: " + key.allowed() + "; default " + (key.defaultValue().isEmpty() ? "empty" : key.defaultValue()) + "\n";
    }
}
