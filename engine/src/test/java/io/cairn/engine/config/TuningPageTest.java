package io.cairn.engine.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

import org.junit.jupiter.api.Test;

/**
 * Keeps the tables of docs/tuning.md equal to the registry. When this fails, target/tuning.md holds the page as it should be: copy it.
 */
class TuningPageTest {
    private static final String BEGIN = "<!-- keys -->\n";
    private static final String END = "<!-- /keys -->\n";

    @Test
    void shouldDescribeEveryKeyOfEveryProfile() throws IOException {
        final Path page = Path.of("..", "docs", "tuning.md");
        final String text = Files.readString(page);
        final int begin = text.indexOf(BEGIN) + BEGIN.length();
        final int end = text.indexOf(END);
        assertTrue(begin >= BEGIN.length() && end >= begin, "the markers are missing from " + page);
        final String expected = text.substring(0, begin) + tables() + text.substring(end);
        if (!expected.equals(text)) {
            Files.writeString(Path.of("target", "tuning.md"), expected);
        }
        assertEquals(expected, text, "docs/tuning.md has drifted from the registry: copy engine/target/tuning.md over it");
    }

    private static String tables() {
        final List<EffectiveConfiguration> profiles = Profile.names().stream()
            .map(name -> EffectiveConfiguration.builder().systemProperties(new Properties()).profile(name).conclude())
            .toList();
        final StringBuilder text = new StringBuilder(16_384);
        text.append("\n| key |");
        Profile.names().forEach(name -> text.append(' ').append(name).append(" |"));
        text.append("\n|---|").append("---|".repeat(profiles.size())).append('\n');
        for (final ConfigKey key : ConfigKeys.all()) {
            text.append("| `").append(key.name()).append("` |");
            for (final EffectiveConfiguration profile : profiles) {
                final String value = profile.text(key).isEmpty() ? "(empty)" : profile.text(key);
                final boolean departs = !profile.text(key).equals(profiles.get(0).text(key));
                text.append(departs ? " **" : " ").append(value).append(departs ? "** |" : " |");
            }
            text.append('\n');
        }
        text.append("\nWhat departs from `balanced` is bold.\n\n");
        for (final ConfigKey key : ConfigKeys.all()) {
            text.append("* **`").append(key.name()).append("`** (").append(key.allowed().replace("|", ", ")).append(")<br>\n  ");
            text.append(key.doc()).append("<br>\n  *Cost:* ").append(key.cost()).append('\n');
        }
        return text.append('\n').toString();
    }
}
