package io.cairn.engine.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * The directory a command looks at, and the words behind it: {@code DIR [WORD…]}, or {@code --data-dir DIR [WORD…]}.
 */
final class DirectoryArgument {
    private final Path directory;
    private final List<String> words;

    private DirectoryArgument(final Path directory, final List<String> words) {
        this.directory = directory;
        this.words = words;
    }

    /**
     * Read the command line.
     *
     * @param spec        of the command, for a message that shows its usage.
     * @param dataDir     of {@code --data-dir}, or null.
     * @param positionals of the command, or null.
     * @return the argument.
     */
    static DirectoryArgument of(final CommandSpec spec, final Path dataDir, final List<String> positionals) {
        final List<String> words = positionals == null ? List.of() : positionals;
        if (dataDir != null) {
            return new DirectoryArgument(dataDir, words);
        }
        if (words.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "name the data directory: " + spec.qualifiedName() + " DIR");
        }
        return new DirectoryArgument(Path.of(words.get(0)), words.subList(1, words.size()));
    }

    /**
     * The directory of a room: the one named, or what it has of that name where it is a data directory.
     *
     * @param room such as {@code wal} or {@code snapshots}.
     * @return the directory.
     * @throws CliFailure if it does not exist, or cannot be looked at.
     */
    Path room(final String room) {
        if (!Files.exists(directory)) {
            throw new CliFailure("no directory " + directory + "; name a data directory");
        }
        if (!Files.isDirectory(directory)) {
            throw new CliFailure(directory + ": not a directory; name a data directory");
        }
        if (!Files.isReadable(directory)) {
            throw new CliFailure(directory + ": cannot be read; check its permissions");
        }
        final Path inside = directory.resolve(room);
        return Files.exists(inside) ? inside : directory;
    }

    /**
     * The directory as it was named.
     *
     * @return the directory.
     */
    Path directory() {
        return directory;
    }

    /**
     * What was named behind the directory.
     *
     * @return the words.
     */
    List<String> words() {
        return words;
    }
}
