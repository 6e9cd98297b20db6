package io.cairn.engine.cli;

import java.io.PrintWriter;

/**
 * Where a command writes. One thread.
 */
public final class Console {
    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean errIsTerminal;

    Console(final PrintWriter out, final PrintWriter err, final boolean errIsTerminal) {
        this.out = out;
        this.err = err;
        this.errIsTerminal = errIsTerminal;
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
