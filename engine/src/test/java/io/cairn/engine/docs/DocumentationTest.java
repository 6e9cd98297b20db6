package io.cairn.engine.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the pages to their word: what they show as Java compiles, what they show as a program prints what stands below it, what they show as a
 * session in a shell runs and answers as shown, and what they link to is there.
 */
final class DocumentationTest {
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#]*)[^)]*\\)");
    private static final Pattern POM_FLAGS = Pattern.compile("<cairn.jvm.flags>(.*)</cairn.jvm.flags>");
    private static final String PROMPT = "$ ";
    /** Stands for what differs from run to run: within a line for any characters, alone for any lines. */
    private static final String ANYTHING = "…";

    @TempDir
    private Path dir;

    static List<Page> pages() throws IOException {
        return Page.all();
    }

    static List<Page> pagesWithJava() throws IOException {
        return Page.all().stream().filter(page -> !page.blocks("java").isEmpty()).toList();
    }

    static List<Page> pagesWithSessions() throws IOException {
        return Page.all().stream().filter(page -> !page.blocks("console").isEmpty()).toList();
    }

    private static List<String> flags() throws IOException {
        final Page page = Page.of("docs/embedding.md");
        final List<String> flags = new ArrayList<>(words(page.commented("flags").text()));
        if (Runtime.version().feature() >= 24) {
            flags.addAll(words(page.commented("flags from JDK 24").text()));
        }
        flags.add("-Dslf4j.internal.verbosity=ERROR");
        return flags;
    }

    private static List<String> words(final String text) {
        return Arrays.asList(text.strip().split("\\s+"));
    }

    @ParameterizedTest
    @MethodSource("pagesWithJava")
    void shouldCompileEverySnippet(final Page page) {
        assertEquals(List.of(), new Snippets(page).compile(dir));
    }

    @ParameterizedTest
    @MethodSource("pagesWithJava")
    void shouldPrintWhatStandsBelowAProgram(final Page page) throws IOException, InterruptedException {
        final Path classes = Files.createDirectory(dir.resolve("classes"));
        assertEquals(List.of(), new Snippets(page).compile(classes));
        final List<Page.Block> blocks = page.blocks();
        for (int i = 0; i < blocks.size(); i++) {
            if ("java".equals(blocks.get(i).language()) && blocks.get(i).text().contains("public static void main(")) {
                final Path fresh = Files.createDirectory(dir.resolve("run" + i));
                final ChildProcess run = ChildProcess.java(fresh, flags(), classes, Snippets.typeName(blocks.get(i)));
                assertEquals(new ChildProcess(0, blocks.get(i + 1).text(), ""), run, page + ":" + blocks.get(i).line());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("pagesWithSessions")
    void shouldAnswerAsShownInAShell(final Page page) throws IOException, InterruptedException {
        final Path link = Files.createSymbolicLink(dir.resolve("engine"), Page.root().resolve("engine"));
        try {
            for (final Page.Block block : page.blocks("console")) {
                answerAsShown(page, block);
            }
        } finally {
            Files.delete(link);
        }
    }

    private void answerAsShown(final Page page, final Page.Block block) throws IOException, InterruptedException {
        final List<String> lines = block.text().lines().toList();
        int at = 0;
        while (at < lines.size()) {
            final String command = lines.get(at++);
            assertTrue(command.startsWith(PROMPT), page + ":" + (block.line() + at) + ": not a command: " + command);
            final StringBuilder expected = new StringBuilder();
            while (at < lines.size() && !lines.get(at).startsWith(PROMPT)) {
                expected.append(lines.get(at++)).append('\n');
            }
            final String typed = command.substring(PROMPT.length()).replace("/tmp/", dir + "/tmp-");
            final String answer = ChildProcess.shell(dir, typed).out().replace(dir + "/tmp-", "/tmp/");
            assertTrue(pattern(expected.toString()).matcher(answer).matches(), page + ":" + (block.line() + at) + ": " + command + "\n" + answer);
        }
    }

    private static Pattern pattern(final String expected) {
        final StringBuilder pattern = new StringBuilder();
        expected.lines().forEach(line -> {
            if (ANYTHING.equals(line)) {
                // Not a group that repeats: each repetition would take some of the stack.
                pattern.append("(?s:(?:.*\n)?)");
            } else {
                pattern.append(Pattern.quote(line).replace(ANYTHING, "\\E.*\\Q")).append('\n');
            }
        });
        return Pattern.compile(pattern.toString());
    }

    @ParameterizedTest
    @MethodSource("pages")
    void shouldLinkToWhatIsThere(final Page page) {
        final Matcher matcher = LINK.matcher(page.text());
        while (matcher.find()) {
            final String link = matcher.group(1);
            if (!link.isEmpty() && !link.contains("://")) {
                assertTrue(Files.exists(page.file().resolveSibling(link)), page + " links to " + link);
            }
        }
    }

    @Test
    void shouldNameTheFlagsThatTheBuildUses() throws IOException {
        final Matcher matcher = POM_FLAGS.matcher(Files.readString(Page.root().resolve("pom.xml")));
        assertTrue(matcher.find());
        final Set<String> build = new TreeSet<>(pairs(words(matcher.group(1))));
        assertEquals(build, new TreeSet<>(pairs(words(Page.of("docs/embedding.md").commented("flags").text()))));
    }

    private static List<String> pairs(final List<String> words) {
        return Arrays.asList(String.join(" ", words).split(" (?=--)"));
    }

    /** The program of the README, started as someone would who has not read on. */
    @Test
    void shouldNameTheFlagsThatAreMissing() throws IOException, InterruptedException {
        final Page readme = Page.of("README.md");
        assertEquals(List.of(), new Snippets(readme).compile(dir));
        final String program = Snippets.typeName(readme.blocks("java").get(0));
        final ChildProcess none = ChildProcess.java(dir, List.of(), dir, program);
        assertEquals(1, none.code());
        assertEquals("", none.out());
        final String shown = Page.of("docs/embedding.md").commented("without flags").text().replaceAll("\\s+", " ").strip();
        assertTrue(none.err().startsWith(shown), none.err());
        assertTrue(Files.notExists(dir.resolve("data")), "a directory was made");

        final List<String> pairs = pairs(words(Page.of("docs/embedding.md").commented("flags").text()));
        final String needed = "--add-opens java.base/java.lang.reflect=ALL-UNNAMED";
        final List<String> others = pairs.stream().filter(pair -> !needed.equals(pair)).flatMap(pair -> words(pair).stream()).toList();
        final ChildProcess one = ChildProcess.java(dir, others, dir, program);
        assertTrue(one.err().contains("add " + needed + " (docs/embedding.md"), one.err());
    }
}
