package io.cairn.engine.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation: its text and its fenced blocks. A comment on the line before a block says what the block is to a test; who reads the
 * page does not see it.
 */
final class Page {
    private static final Pattern COMMENT = Pattern.compile("<!-- (.*) -->");
    private static final String FENCE = "```";

    /**
     * One fenced block.
     *
     * @param line     of its opening fence, from 1.
     * @param language behind the fence.
     * @param comment  on the line before, or empty.
     * @param text     between the fences.
     */
    record Block(int line, String language, String comment, String text) {
    }

    private final Path file;
    private final String text;
    private final List<Block> blocks = new ArrayList<>();

    private Page(final Path file) throws IOException {
        this.file = file;
        text = Files.readString(file);
        final List<String> lines = text.lines().toList();
        int at = 0;
        while (at < lines.size()) {
            if (lines.get(at).startsWith(FENCE)) {
                final int end = lines.subList(at + 1, lines.size()).indexOf(FENCE) + at + 1;
                assertTrue(end > at, file + ":" + (at + 1) + ": the block has no end");
                final Matcher comment = COMMENT.matcher(at == 0 ? "" : lines.get(at - 1));
                blocks.add(new Block(
                    at + 1,
                    lines.get(at).substring(FENCE.length()),
                    comment.matches() ? comment.group(1) : "",
                    String.join("\n", lines.subList(at + 1, end)) + "\n"));
                at = end;
            }
            at++;
        }
    }

    /** @return the directory of the repository; tests run in that of their module. */
    static Path root() {
        final Path root = Path.of("..").toAbsolutePath().normalize();
        assertTrue(Files.isRegularFile(root.resolve("README.md")), root + " is not the repository");
        return root;
    }

    static Page of(final String name) throws IOException {
        return new Page(root().resolve(name));
    }

    static List<Page> all() throws IOException {
        final List<Page> pages = new ArrayList<>();
        pages.add(of("README.md"));
        try (Stream<Path> files = Files.walk(root().resolve("docs"))) {
            for (final Path file : files.filter(path -> path.toString().endsWith(".md")).sorted().toList()) {
                pages.add(new Page(file));
            }
        }
        return pages;
    }

    Path file() {
        return file;
    }

    String text() {
        return text;
    }

    List<Block> blocks() {
        return blocks;
    }

    List<Block> blocks(final String language) {
        return blocks.stream().filter(block -> language.equals(block.language())).toList();
    }

    /** The one block with this comment. */
    Block commented(final String comment) {
        final List<Block> found = blocks.stream().filter(block -> comment.equals(block.comment())).toList();
        assertTrue(found.size() == 1, file + ": " + found.size() + " blocks behind <!-- " + comment + " -->");
        return found.get(0);
    }

    @Override
    public String toString() {
        return root().relativize(file).toString();
    }
}
