package io.cairn.engine.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;

/**
 * One run of the command line, with what it wrote.
 */
final class CliRun {
    final int code;
    final String out;
    final String err;

    private CliRun(final int code, final String out, final String err) {
        this.code = code;
        this.out = out;
        this.err = err;
    }

    static CliRun of(final String... arguments) {
        return withInput("", arguments);
    }

    static CliRun withInput(final String input, final String... arguments) {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        final InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
        final int code = CairnCli.run(new Console(in, out, err, false), arguments);
        return new CliRun(code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    static CliRun success(final String... arguments) {
        final CliRun run = of(arguments);
        assertEquals("", run.err);
        assertEquals(0, run.code);
        return run;
    }

    /** A run that fails says so in one line on standard error, and nothing on standard output. */
    static String refusal(final int code, final String... arguments) {
        final CliRun run = of(arguments);
        assertEquals(code, run.code, run.err);
        assertEquals("", run.out);
        assertTrue(run.err.matches("cairn: [^\\n]+\\R"), run.err);
        return run.err.strip();
    }
}
