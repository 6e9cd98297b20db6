package io.cairn.engine.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes, and what it is to know of the one who watches. One thread, but for {@link #interruption()}.
 *
 * <p>A failure to write standard output is remembered, not thrown: the end of the run tells a reader that had enough (a closed pipe, which is no
 * failure) from an answer that is lost (a full disk).
 */
public final class Console {
    private final InputStream in;
    private final Sink bytes;
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean errIsTerminal;
    private final Interruption interruption = new Interruption();
    private volatile boolean hasFailed;

    Console(final InputStream in, final OutputStream out, final OutputStream err, final boolean errIsTerminal) {
        this.in = in;
        this.bytes = new Sink(out);
        this.out = new PrintWriter(bytes, false, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
        this.errIsTerminal = errIsTerminal;
    }

    /** Keeps the first failure to write; what comes behind it is dropped. */
    private static final class Sink extends OutputStream {
        private final OutputStream target;
        private IOException failure;

        private Sink(final OutputStream target) {
            this.target = target;
        }

        @Override
        public void write(final int value) {
            write(new byte[] {(byte)value}, 0, 1);
        }

        @Override
        public void write(final byte[] source, final int offset, final int length) {
            if (failure == null) {
                try {
                    target.write(source, offset, length);
                } catch (final IOException ex) {
                    failure = ex;
                }
            }
        }

        @Override
        public void flush() {
            if (failure == null) {
                try {
                    target.flush();
                } catch (final IOException ex) {
                    failure = ex;
                }
            }
        }
    }

    /**
     * Standard input.
     *
     * @return the stream.
     */
    public InputStream in() {
        return in;
    }

    /**
     * Standard output for keys and values, which need not be text. What was written as text before comes before.
     *
     * @return the stream; flush it.
     */
    public OutputStream bytes() {
        out.flush();
        return bytes;
    }

    /**
     * Standard output: the result of a command, and nothing else.
     *
     * @return the writer.
     */
    public PrintWriter out() {
        return out;
    }

    /**
     * Standard error: the line of a failure, warnings, and progress.
     *
     * @return the writer.
     */
    public PrintWriter err() {
        return err;
    }

    /**
     * Whether a person watches standard error, so that long work should show its progress there.
     *
     * @return true on a terminal.
     */
    public boolean showsProgress() {
        return errIsTerminal;
    }

    /**
     * Write a line that is a whole answer and flush it.
     *
     * @param line without its end.
     */
    public void answer(final String line) {
        out.println(line);
        out.flush();
    }

    /**
     * Whether standard output takes nothing any more (a closed pipe, a full disk), so that writing on is in vain.
     *
     * @return true once a write failed.
     */
    public boolean isGone() {
        return bytes.failure != null;
    }

    /**
     * Why standard output takes nothing any more.
     *
     * @return the reason, null where it takes all.
     */
    String lost() {
        return bytes.failure == null ? null : String.valueOf(bytes.failure.getMessage());
    }

    /**
     * Whether standard output takes nothing any more because its reader had enough.
     *
     * @return true where it was a pipe.
     */
    boolean isPipeClosed() {
        return bytes.failure != null && lost().contains("Broken pipe");
    }

    /**
     * Write the line that goes with an exit code other than 0.
     *
     * @param line without its end.
     */
    void fail(final String line) {
        hasFailed = true;
        err.println(line);
        err.flush();
    }

    /** @return whether the line of a failure was written. */
    boolean hasFailed() {
        return hasFailed;
    }

    /**
     * How the command learns of SIGINT and SIGTERM.
     *
     * @return the same for the life of this.
     */
    Interruption interruption() {
        return interruption;
    }
}
