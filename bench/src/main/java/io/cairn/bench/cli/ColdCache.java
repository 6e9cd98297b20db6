package io.cairn.bench.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Empties the page cache before something is read "cold", and reads files the plain way for comparison.
 */
final class ColdCache {
    private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");
    private static final int FILES_PER_PROCESS = 64;

    /** What could be done about the cache. */
    enum State {
        /** The whole page cache was dropped. */
        DROPPED,
        /** The files were advised out of the cache one by one. */
        ADVISED,
        /** Nothing could be done: figures are warm. */
        WARM
    }

    private ColdCache() {
    }

    /** Writes back what is dirty and drops the cache of these files, by the strongest means this process has. */
    static State drop(final List<Path> files) {
        if (0 == run(List.of("sync")) && Files.isWritable(DROP)) {
            try {
                Files.writeString(DROP, "1\n");
                return State.DROPPED;
            } catch (final IOException ex) {
                return advise(files);
            }
        }
        return advise(files);
    }

    private static State advise(final List<Path> files) {
        boolean isAdvised = !files.isEmpty();
        for (final Path file : files) {
            isAdvised &= 0 == run(List.of("dd", "if=" + file, "iflag=nocache", "count=0", "status=none"));
        }
        return isAdvised ? State.ADVISED : State.WARM;
    }

    /** Nanoseconds that {@code cat} needs to read the files. */
    static long catNs(final List<Path> files) {
        final long startNs = System.nanoTime();
        for (int from = 0; from < files.size(); from += FILES_PER_PROCESS) {
            final List<String> command = new ArrayList<>(List.of("cat"));
            files.subList(from, Math.min(files.size(), from + FILES_PER_PROCESS)).forEach(file -> command.add(file.toString()));
            if (0 != run(command)) {
                throw new BenchException("cat cannot be run for comparison: is it installed, and are the files readable?");
            }
        }
        return System.nanoTime() - startNs;
    }

    private static int run(final List<String> command) {
        try {
            final Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.to(Path.of("/dev/null").toFile()))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
            if (process.waitFor(10, TimeUnit.MINUTES)) {
                return process.exitValue();
            }
            process.destroyForcibly();
            return -1;
        } catch (final IOException ex) {
            return -1;
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            return -1;
        }
    }
}
