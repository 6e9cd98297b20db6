package io.cairn.bench.cli;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Says on standard error what is going on, on one line that is written over, and only where standard error is a terminal.
 */
final class Progress {
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    private final PrintStream out;
    private final boolean isShown;
    private int width;

    Progress() {
        this(System.err, isTerminal());
    }

    Progress(final PrintStream out, final boolean isShown) {
        this.out = out;
        this.isShown = isShown;
    }

    /** Replaces the line. */
    void say(final String text) {
        if (isShown) {
            final int before = width;
            width = text.length();
            out.print("\r" + text + " ".repeat(Math.max(0, before - width)));
            out.flush();
        }
    }

    /** Wipes the line away. */
    void done() {
        if (isShown && width > 0) {
            out.print("\r" + " ".repeat(width) + "\r");
            out.flush();
            width = 0;
        }
    }

    private static boolean isTerminal() {
        try {
            final String target = Files.readSymbolicLink(STANDARD_ERROR).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.startsWith("/dev/console");
        } catch (final IOException | UnsupportedOperationException ex) {
            return null != System.console();
        }
    }
}
