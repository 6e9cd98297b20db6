package io.cairn.engine.cli;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;

/**
 * Where a command reads and writes. One thread.
 */
public final class Console {
    private final InputStream in;
    private final OutputStream bytes;
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean errIsTerminal;

    Console(final InputStream in, final OutputStream out, final OutputStream err, final boolean errIsTerminal) {
        this.in = in;
        this.bytes = out;
        this.out = new PrintWriter(out, false, StandardCharsets.UTF_8);
        this.err = new PrintWriter(err, true, StandardCharsets.UTF_8);
        this.errIsTerminal = errIsTerminal;
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
     * Whether the reader of standard output is gone (a closed pipe), so that writing on is in vain.
     *
     * @return true once a write failed.
     */
    public boolean isGone() {
        return out.checkError();
    }
}
