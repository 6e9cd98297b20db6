package io.cairn.engine.cli;

import java.nio.file.Path;
import java.util.List;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;

/**
 * {@code cairn doctor}: what of this machine gets in the way, and what to change. Exit code 0 whatever it advises.
 */
@Command(name = "doctor", description = "Examines this machine: cores, memory, huge pages, socket buffers, file system, limits; says what to change.")
final class DoctorCommand implements Runnable {
    @ParentCommand
    private CairnCommand root;

    @Parameters(arity = "0..1", paramLabel = "DIR", description = "Data directory whose file system is examined (default: the working directory).")
    private Path place;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "The same as DIR.")
    private Path dataDir;

    @Override
    public void run() {
        final Path directory = dataDir != null ? dataDir : place != null ? place : Path.of("");
        final List<Finding> findings = new Examination(Path.of("/"), directory.toAbsolutePath().normalize()).findings();
        if (root.isJson()) {
            final Json json = new Json().object().array("checks");
            for (final Finding finding : findings) {
                json.object().put("check", finding.check()).put("ok", finding.advice() == null).put("found", finding.found())
                    .put("advice", finding.advice()).endObject();
            }
            root.console().answer(json.endArray().put("advised", advised(findings)).endObject().toString());
            return;
        }
        for (final Finding finding : findings) {
            root.console().out().printf("%-6s %-20s %s%n", finding.advice() == null ? "ok" : "ADVICE", finding.check(), finding.found());
            if (finding.advice() != null) {
                root.console().out().printf("       %-20s -> %s%n", "", finding.advice());
            }
        }
        final long advised = advised(findings);
        root.console().answer(advised == 0 ? "nothing to change" : advised + (advised == 1 ? " thing" : " things") + " to change");
    }

    private static long advised(final List<Finding> findings) {
        return findings.stream().filter(finding -> finding.advice() != null).count();
    }

    /**
     * One thing that was examined.
     *
     * @param check  what.
     * @param found  as it is.
     * @param advice what to change, null if it is well.
     */
    record Finding(String check, String found, String advice) {
    }
}
