package io.cairn.engine.config;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TreeSet;

import io.cairn.engine.config.EffectiveConfiguration.Layer;
import io.cairn.engine.config.EffectiveConfiguration.Setting;

/**
 * Collects the layers of a configuration and judges the outcome, once, in {@link #conclude()}. One thread.
 */
public final class ConfigurationBuilder {
    /** Prefix of system properties. */
    public static final String PREFIX = "cairn.";

    /** Keys of a file that say what a member is started with ({@code cairn node}), and not how an engine is configured. */
    public static final String NODE_PREFIX = "node.";

    private static final String PROFILE = "profile";
    private static final String CONFIG = "config";
    private static final List<String> FOREIGN = List.of("test.", "bench.");

    private final Map<String, String> code = new LinkedHashMap<>();
    private String profileName;
    private Path file;
    private Properties system = System.getProperties();
    private int cores = Runtime.getRuntime().availableProcessors();

    ConfigurationBuilder() {
    }

    /**
     * Choose the profile. It wins over the system property {@code cairn.profile} and over the file's {@code profile}.
     *
     * @param name of a shipped profile, null to leave the choice to them.
     * @return this.
     */
    public ConfigurationBuilder profile(final String name) {
        profileName = name;
        return this;
    }

    /**
     * Read a properties file. Without one, the system property {@code cairn.config} may name one.
     *
     * @param path of the file, or null.
     * @return this.
     */
    public ConfigurationBuilder file(final Path path) {
        file = path;
        return this;
    }

    /**
     * Use other properties than those of the system.
     *
     * @param properties of which those with the prefix {@code cairn.} count.
     * @return this.
     */
    public ConfigurationBuilder systemProperties(final Properties properties) {
        system = properties;
        return this;
    }

    /**
     * Judge for another number of cores than this machine has.
     *
     * @param count of cores.
     * @return this.
     */
    public ConfigurationBuilder cores(final int count) {
        cores = count;
        return this;
    }

    /**
     * Set a value from code.
     *
     * @param key   of the registry.
     * @param value as it would be written in a file; null takes back what code has set.
     * @return this.
     */
    public ConfigurationBuilder set(final ConfigKey key, final String value) {
        return set(key.name(), value);
    }

    /**
     * Set a value from code.
     *
     * @param key   of the registry.
     * @param value one of the constants the key was registered with.
     * @return this.
     */
    public ConfigurationBuilder set(final ConfigKey key, final Enum<?> value) {
        return set(key.name(), ConfigKey.word(value));
    }

    /**
     * Set a value from code, by name.
     *
     * @param name  of a key; an unknown one is an error in {@link #conclude()}.
     * @param value as it would be written in a file; null takes back what code has set.
     * @return this.
     */
    public ConfigurationBuilder set(final String name, final String value) {
        if (value == null) {
            code.remove(name);
        } else {
            code.put(name, value);
        }
        return this;
    }

    /**
     * Resolve and judge.
     *
     * @return the configuration.
     * @throws ConfigException that names key, value, origin and what would be right.
     */
    public EffectiveConfiguration conclude() {
        final String systemConfig = system.getProperty(PREFIX + CONFIG);
        final Path path = file == null && systemConfig != null ? Path.of(systemConfig) : file;
        final Properties fromFile = path == null ? new Properties() : load(path);
        final Profile profile = Profile.named(chooseProfile(fromFile));

        final Map<ConfigKey, Setting> settings = new IdentityHashMap<>();
        for (final ConfigKey key : ConfigKeys.all()) {
            settings.put(key, new Setting(key.defaultValue(), "default", Layer.DEFAULT));
        }
        for (final String name : new TreeSet<>(profile.values().keySet())) {
            put(settings, name, new Setting(profile.values().get(name), "profile " + profile.name(), Layer.PROFILE));
        }
        for (final String name : new TreeSet<>(fromFile.stringPropertyNames())) {
            if (!PROFILE.equals(name) && !name.startsWith(NODE_PREFIX)) {
                put(settings, name, new Setting(fromFile.getProperty(name).strip(), "file " + path, Layer.FILE));
            }
        }
        for (final String property : new TreeSet<>(system.stringPropertyNames())) {
            if (isKey(property)) {
                final Setting setting = new Setting(system.getProperty(property).strip(), "system property " + property, Layer.SYSTEM);
                put(settings, property.substring(PREFIX.length()), setting);
            }
        }
        code.forEach((name, value) -> put(settings, name, new Setting(value.strip(), "code", Layer.CODE)));

        final List<String> warnings = new ArrayList<>();
        final EffectiveConfiguration configuration = new EffectiveConfiguration(profile.name(), settings, warnings);
        Contradictions.refuse(configuration);
        warnings.addAll(Contradictions.doubts(configuration, cores));
        return configuration;
    }

    private String chooseProfile(final Properties fromFile) {
        final String otherwise = fromFile.getProperty(PROFILE, Profile.DEFAULT_NAME).strip();
        return profileName != null ? profileName : system.getProperty(PREFIX + PROFILE, otherwise);
    }

    private static boolean isKey(final String property) {
        if (!property.startsWith(PREFIX)) {
            return false;
        }
        final String name = property.substring(PREFIX.length());
        return !PROFILE.equals(name) && !CONFIG.equals(name) && FOREIGN.stream().noneMatch(name::startsWith);
    }

    private static void put(final Map<ConfigKey, Setting> settings, final String name, final Setting setting) {
        final ConfigKey key;
        try {
            key = ConfigKeys.named(name);
        } catch (final ConfigException ex) {
            throw new ConfigException(setting.origin() + ": " + ex.getMessage());
        }
        final String problem = key.problem(setting.value());
        if (problem != null) {
            throw new ConfigException(setting.origin() + ": " + name + "=" + setting.value() + " " + problem);
        }
        settings.put(key, setting);
    }

    private static Properties load(final Path path) {
        final Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(path)) {
            properties.load(reader);
        } catch (final NoSuchFileException ex) {
            throw new ConfigException("configuration file " + path + " does not exist");
        } catch (final IOException | IllegalArgumentException ex) {
            throw new ConfigException("configuration file " + path + " cannot be read: " + ex.getMessage());
        }
        return properties;
    }
}
