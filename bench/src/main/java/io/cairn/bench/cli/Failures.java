package io.cairn.bench.cli;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/**
 * Turns whatever went wrong into one line.
 */
final class Failures {
    private Failures() {
    }

    /** Reason of an exception, in words, on one line. */
    static String reason(final Throwable failure) {
        if (failure instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (failure instanceof FileAlreadyExistsException) {
            return "something of that name exists";
        }
        final String message = failure.getMessage();
        final String text = null == message || message.isBlank() ? failure.getClass().getSimpleName() : message;
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).reduce((first, second) -> first + "; " + second).orElse("unknown");
    }

    /** The line for an exception nobody expected by name. */
    static String unexpected(final Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            return "out of memory (" + reason(failure).toLowerCase(Locale.ROOT) + "): raise the heap with CAIRN_JVM_OPTS=-Xmx2g or lower --keys";
        }
        if (failure instanceof RuntimeException && null != failure.getMessage()) {
            return reason(failure);
        }
        return failure.getClass().getSimpleName() + ": " + reason(failure);
    }
}
