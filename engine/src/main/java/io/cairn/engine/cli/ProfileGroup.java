package io.cairn.engine.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import io.cairn.engine.config.ConfigException;
import io.cairn.engine.config.ConfigKey;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.ConfigurationBuilder;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.Profile;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/**
 * {@code cairn profile list|show|explain}.
 */
@Command(
    name = "profile",
    description = "Shows the configuration profiles, and where each value in effect comes from.",
    synopsisSubcommandLabel = "COMMAND")
final class ProfileGroup {
    @ParentCommand
    private CairnCommand root;

    @Command(name = "list", description = "Lists the shipped profiles.")
    void list() {
        if (root.isJson()) {
            final Json json = new Json().array();
            for (final String name : Profile.names()) {
                json.object().put("name", name).put("default", name.equals(Profile.DEFAULT_NAME))
                    .put("description", Profile.named(name).description()).endObject();
            }
            root.console().answer(json.endArray().toString());
        } else {
            Profile.names().forEach(name -> root.console().out().printf("%-12s %s%n", name, Profile.named(name).description()));
        }
    }

    @Command(name = "show", description = "Prints every value of a profile, in the notation of a configuration file.")
    void show(@Parameters(paramLabel = "PROFILE", defaultValue = Profile.DEFAULT_NAME,
        description = "Name of a profile (default: ${DEFAULT-VALUE}).") final String name) {
        final EffectiveConfiguration configuration = EffectiveConfiguration.builder().systemProperties(new Properties()).profile(name).conclude();
        if (root.isJson()) {
            final Json json = new Json().object().put("profile", name).object("values");
            ConfigKeys.all().forEach(key -> json.put(key.name(), configuration.text(key)));
            root.console().answer(json.endObject().endObject().toString());
        } else {
            root.console().out().println("# " + name + ": " + Profile.named(name).description());
            ConfigKeys.all().forEach(key -> root.console().out().println(key.name() + "=" + configuration.text(key)));
        }
    }

    @Command(name = "explain", description = "Prints each value in effect with its origin, its meaning and its cost.")
    void explain(
        @Parameters(paramLabel = "PROFILE|KEY", description = "A profile, and the keys to explain (default: the profile in effect, all keys).")
        final List<String> words,
        @Option(names = "--config", paramLabel = "FILE", description = "Properties file on top of the profile.") final Path file,
        @Option(names = "--set", paramLabel = "KEY=VALUE", description = "Value on top of everything else.") final Map<String, String> values) {
        final ConfigurationBuilder builder = EffectiveConfiguration.builder().file(file);
        final Collection<ConfigKey> keys = new ArrayList<>();
        for (final String word : words == null ? List.<String>of() : words) {
            if (Profile.names().contains(word)) {
                builder.profile(word);
            } else {
                keys.add(keyNamed(word));
            }
        }
        new LinkedHashMap<>(values == null ? Map.<String, String>of() : values).forEach(builder::set);
        final EffectiveConfiguration configuration = builder.conclude();
        if (root.isJson()) {
            root.console().answer(explainJson(configuration, keys.isEmpty() ? ConfigKeys.all() : keys));
        } else if (keys.isEmpty()) {
            root.console().out().print(configuration.explain());
        } else {
            keys.forEach(key -> root.console().out().print(configuration.explain(key)));
        }
    }

    private static ConfigKey keyNamed(final String word) {
        try {
            return ConfigKeys.named(word);
        } catch (final ConfigException ex) {
            throw new CliFailure("no profile of that name (" + String.join(", ", Profile.names()) + "), and " + ex.getMessage());
        }
    }

    private static String explainJson(final EffectiveConfiguration configuration, final Collection<ConfigKey> keys) {
        final Json json = new Json().object().put("profile", configuration.profileName()).array("warnings");
        configuration.warnings().forEach(json::add);
        json.endArray().array("settings");
        for (final ConfigKey key : keys) {
            final EffectiveConfiguration.Setting setting = configuration.setting(key);
            json.object().put("key", key.name()).put("value", setting.value()).put("origin", setting.origin())
                .put("type", key.type().name()).put("unit", key.type().unit()).put("default", key.defaultValue())
                .put("takes", key.allowed()).put("doc", key.doc()).put("cost", key.cost()).endObject();
        }
        return json.endArray().endObject().toString();
    }
}
