package io.cairn.engine.sim;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * What a person types.
 */
final class SimulateCommandTest {
    private static final int USAGE = 2;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    private int run(final String line) {
        return new CommandLine(new SimulateCommand()).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true)).execute(line.split(" "));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "--seed x", "--seeds 5", "--seeds a..b", "--threads 0", "--seed 1 --without los", "--seed 1 --skip x", "--without loss",
        "--seed 1 --faults-until soon", "--unknown"
    })
    void shouldExitWithTwoWhenTheCommandLineMakesNoSense(final String line) {
        assertEquals(USAGE, run(line), err.toString());
    }

    @Test
    void shouldRunManySeedsAndWriteWhatCameOfIt() throws IOException {
        final Path json = directory.resolve("out.json");
        assertEquals(0, run("--seeds 1..2 --trace --json " + json), err.toString());
        assertTrue(out.toString().contains("2 seeds, 0 failed"), out.toString());
        assertTrue(out.toString().contains("seed 2 trace "), out.toString());
        assertTrue(Files.readString(json).replaceAll("\\s", "").contains("\"runs\":2,\"failed\":0"), Files.readString(json));
    }

    @Test
    void shouldRunOneSeedWithLess() {
        assertEquals(0, run("--seed 2 --without loss,crash --faults-until 1s --clients 1"), err.toString());
        assertTrue(out.toString().startsWith("seed 2 --without crash,loss --faults-until 1.000s --clients 1"), out.toString());
        assertTrue(out.toString().contains("MESSAGE_LOST=0 "), out.toString());
    }
}
