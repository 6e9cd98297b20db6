package io.cairn.engine.sim;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Seeds for a build: a range of its own for each commit, so that every change is tried with runs that nobody has seen, and the same commit with the
 * same runs everywhere. The commit is read from the files of git, so that git itself need not be there.
 */
final class FreshSeeds {
    /** Where there is no commit to be read: an archive of the sources, say. */
    static final long FALLBACK = 1;

    private static final int DIGITS = 8;
    private static final long SPACING = 1_000;
    private static final int HASH_LENGTH_MIN = 40;
    private static final String REFERENCE = "ref:";
    private static final String DIRECTORY = "gitdir:";

    private FreshSeeds() {
    }

    /**
     * The first eight digits of the commit's id, times a thousand, and one.
     *
     * @param root of the repository.
     * @return the first seed of the range; {@link #FALLBACK} where no commit can be read.
     */
    static long first(final Path root) {
        final String commit = commit(root);
        return null == commit ? FALLBACK : SPACING * Long.parseLong(commit.substring(0, DIGITS), 16) + 1;
    }

    /** @return id of the commit that is checked out, null where none can be read. */
    static String commit(final Path root) {
        try {
            final Path directory = directory(root.resolve(".git"));
            final String head = Files.readString(directory.resolve("HEAD")).strip();
            return head.startsWith(REFERENCE) ? resolve(directory, head.substring(REFERENCE.length()).strip()) : hash(head);
        } catch (final IOException ex) {
            return null;
        }
    }

    /** Of a work tree of its own it is named in a file. */
    private static Path directory(final Path git) throws IOException {
        if (!Files.isRegularFile(git)) {
            return git;
        }
        final String text = Files.readString(git).strip();
        return git.resolveSibling(text.startsWith(DIRECTORY) ? text.substring(DIRECTORY.length()).strip() : text);
    }

    private static String resolve(final Path directory, final String name) throws IOException {
        final Path common = directory.resolve("commondir");
        final Path shared = Files.exists(common) ? directory.resolve(Files.readString(common).strip()) : directory;
        for (final Path place : List.of(directory, shared)) {
            if (Files.exists(place.resolve(name))) {
                return hash(Files.readString(place.resolve(name)).strip());
            }
        }
        for (final String line : Files.readAllLines(shared.resolve("packed-refs"))) {
            if (line.endsWith(' ' + name)) {
                return hash(line.substring(0, line.indexOf(' ')));
            }
        }
        return null;
    }

    private static String hash(final String text) {
        return text.length() >= HASH_LENGTH_MIN && text.matches("[0-9a-f]+") ? text : null;
    }
}
