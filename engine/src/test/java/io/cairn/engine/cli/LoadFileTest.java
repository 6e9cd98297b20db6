package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A file of 120,000 lines in, by one process, and out again, by others.
 */
@Timeout(300)
class LoadFileTest {
    private static final int LINES = 120_000;
    private static final String[] SYLLABLES = {"ka", "ri", "lo", "né", "tur", "ß", "ma", "über", "qu", "ix", "山", "o'"};

    @TempDir
    private Path dir;

    private List<String> run(final String... arguments) throws IOException, InterruptedException {
        try (CairnProcess process = CairnProcess.start(dir, Map.of(), arguments)) {
            final List<String> lines = process.readAll();
            assertEquals(0, process.await(), process.errors());
            assertEquals("", process.errors());
            return lines;
        }
    }

    @Test
    void shouldGiveBackWhatWasLoadedInOtherProcesses() throws IOException, InterruptedException {
        final Random random = new Random(11);
        final Comparator<String> byBytes = Comparator.comparing(word -> word.getBytes(StandardCharsets.UTF_8), Arrays::compareUnsigned);
        final Map<String, String> expected = new TreeMap<>(byBytes);
        final List<String> lines = new ArrayList<>(LINES);
        for (int i = 0; i < LINES; i++) {
            final StringBuilder word = new StringBuilder();
            for (int syllable = 2 + random.nextInt(4); syllable > 0; syllable--) {
                word.append(SYLLABLES[random.nextInt(SYLLABLES.length)]);
            }
            // Some words come again, some lines have no value, some values have a tab.
            final String value = i % 100 == 0 ? "" : "meaning " + i + (i % 7 == 0 ? "\tand another" : "");
            lines.add(i % 200 == 0 ? word.toString() : word + "\t" + value);
            expected.put(word.toString(), value);
        }
        final String file = Files.write(dir.resolve("words"), lines).toString();
        final String[] directory = {"--data-dir", dir.resolve("data").toString()};

        final List<String> acknowledged = run("kv", directory[0], directory[1], "load", file, "--durability", "group");
        assertEquals("acked " + LINES, acknowledged.get(acknowledged.size() - 1));
        final List<String> rows = expected.entrySet().stream().map(entry -> entry.getKey() + "\t" + entry.getValue()).toList();
        assertEquals(rows, run("kv", "scan", directory[0], directory[1]));
        final List<String> some = rows.stream().filter(row -> row.startsWith("über")).toList();
        assertEquals(some, run("kv", "scan", "--prefix", "über", directory[0], directory[1]));
        final String word = lines.get(LINES / 2 + 1).split("\t")[0];
        assertEquals(List.of(expected.get(word)), run("kv", "get", word, directory[0], directory[1]));

        final String digest = digest(directory[1]);
        assertTrue(digest.matches("[0-9a-f]{16}"), digest);
        // The same content by another way: in another order, and with another layout of the pages.
        final List<String> content = new ArrayList<>(run("kv", "scan", "--escaped", directory[0], directory[1]));
        Collections.shuffle(content, random);
        final String other = dir.resolve("other").toString();
        run("kv", "load", "--escaped", Files.write(dir.resolve("shuffled"), content).toString(), "--data-dir", other, "--profile", "small", "--set",
            "state.page.size=8k");
        assertEquals(digest, digest(other));
    }

    private String digest(final String data) throws IOException, InterruptedException {
        final List<String> answer = run("kv", "digest", "--data-dir", data);
        assertEquals(1, answer.size());
        return answer.get(0).replaceAll("index=\\d+ digest=", "");
    }
}
