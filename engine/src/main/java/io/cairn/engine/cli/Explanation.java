package io.cairn.engine.cli;

import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/**
 * Turns what went wrong into the one line a person reads.
 */
final class Explanation {
    private Explanation() {
    }

    /**
     * Explain an exception. Those of this house carry a message made for a person; others are named by what happened to which file, or, where nobody
     * foresaw them, by class and place.
     *
     * @param error to explain.
     * @return one line.
     */
    static String of(final Throwable error) {
        final Throwable cause = error instanceof UncheckedIOException ? error.getCause() : error;
        if (cause instanceof FileSystemException file) {
            return ofFile(file);
        }
        final boolean isOfThisHouse = cause.getClass().getName().startsWith("io.cairn.");
        if (isOfThisHouse && cause.getMessage() != null) {
            return oneLine(cause.getMessage());
        }
        if (cause instanceof java.io.IOException && cause.getMessage() != null) {
            return oneLine(cause.getMessage());
        }
        final StackTraceElement[] trace = cause.getStackTrace();
        final String place = trace.length == 0 ? "" : " at " + trace[0];
        final String message = cause.getMessage() == null ? "" : ": " + cause.getMessage();
        return oneLine("internal error: " + cause.getClass().getSimpleName() + message + place + " (set CAIRN_TRACE=1 to see more)");
    }

    private static String ofFile(final FileSystemException file) {
        final String what;
        if (file instanceof NoSuchFileException) {
            what = "no such file or directory";
        } else if (file instanceof AccessDeniedException) {
            what = "permission denied";
        } else if (file instanceof NotDirectoryException) {
            what = "not a directory";
        } else {
            what = file.getReason() == null ? file.getClass().getSimpleName() : file.getReason();
        }
        return oneLine(file.getFile() + ": " + what);
    }

    static String oneLine(final String message) {
        return message.strip().replaceAll("\\s*[\\r\\n]+\\s*", " ");
    }

    static void trace(final Throwable error, final PrintWriter err) {
        for (final StackTraceElement element : error.getStackTrace()) {
            err.println("    at " + element);
        }
        if (error.getCause() != null) {
            err.println("  caused by " + error.getCause());
            trace(error.getCause(), err);
        }
    }
}
