package io.cairn.bench.cli;

import io.cairn.bench.history.HistoryFile;
import io.cairn.bench.report.Figures;
import io.cairn.bench.report.Json;
import io.cairn.engine.history.LinearizabilityChecker;
import io.cairn.engine.history.Operation;
import io.cairn.engine.history.Verdict;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;

/**
 * {@code cairn-bench check-history}: whether a recorded history of any key-value store is linearizable.
 */
@Command(
    name = "check-history",
    description = {
        "Judges a history of get, put, cas, delete and incr on keys: linearizable (exit code 0), not linearizable (exit code 1, with the smallest "
            + "prefix that cannot be explained and the operations involved), or undecided within the budget (exit code 1).",
        "FILE is JSON lines, one operation a line, such as",
        "  {\"process\":1,\"op\":\"put\",\"key\":\"k\",\"value\":\"v\",\"start\":10,\"end\":25,\"outcome\":\"ok\"}",
        "docs/formats/history.md describes every field."
    })
final class CheckHistoryCommand implements Callable<Integer> {
    private static final String STANDARD_OUTPUT = "-";

    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "FILE", arity = "0..1", description = "The history.")
    private Path file;

    @Option(names = "--budget", paramLabel = "N", defaultValue = "4m", converter = Converters.Count.class,
        description = "Configurations to look at for each key before giving up, about 50 bytes each (default: ${DEFAULT-VALUE}).")
    private long budget;

    @Option(names = "--json", paramLabel = "FILE", arity = "0..1", fallbackValue = STANDARD_OUTPUT,
        description = "Write the answer as JSON; to standard output, and nothing else there, where no file is named.")
    private String json;

    @Override
    public Integer call() {
        if (null == file && null != json && !STANDARD_OUTPUT.equals(json)) {
            // "--json FILE" with one name: that is the history.
            file = Path.of(json);
            json = STANDARD_OUTPUT;
        }
        DataOptions.require(spec.commandLine(), null != file, "Missing required parameter: 'FILE'");
        final List<Operation> history = read();
        final Verdict verdict = new LinearizabilityChecker(budget).check(history);
        write(verdict);
        return switch (verdict.answer()) {
            case LINEARIZABLE -> 0;
            case NOT_LINEARIZABLE -> throw new BenchException(file + " is not linearizable: key " + verdict.violation().key()
                + " cannot be explained beyond the first " + verdict.violation().prefixOperations() + " of its "
                + verdict.violation().keyOperations() + " operations");
            case UNDECIDED -> throw new BenchException(file + " is undecided: " + verdict.undecided().size() + " of " + verdict.keys()
                + " keys (" + verdict.undecided().get(0) + " first) need more than --budget " + budget + " configurations");
        };
    }

    private List<Operation> read() {
        try {
            return HistoryFile.read(file);
        } catch (final IOException ex) {
            throw new BenchException(file + " cannot be read: " + Failures.reason(ex), ex);
        } catch (final IllegalArgumentException ex) {
            throw new BenchException(file + ": " + Failures.reason(ex), ex);
        }
    }

    private void write(final Verdict verdict) {
        final PrintWriter out = spec.commandLine().getOut();
        if (!STANDARD_OUTPUT.equals(json)) {
            explain(out, verdict);
        } else {
            out.print(Json.write(document(verdict)));
        }
        out.flush();
        if (null != json && !STANDARD_OUTPUT.equals(json)) {
            try {
                Files.writeString(Path.of(json), Json.write(document(verdict)));
            } catch (final IOException ex) {
                throw new BenchException("the answer cannot be written to " + json + ": " + Failures.reason(ex), ex);
            }
        }
    }

    /** What a person reads; also of histories that were recorded in this process. */
    static void explain(final PrintWriter out, final Verdict verdict) {
        out.println(verdict.answer().name().toLowerCase(Locale.ROOT).replace('_', ' ') + ": " + Figures.count(verdict.operations())
            + " operations on " + Figures.count(verdict.keys()) + " keys, " + Figures.count(verdict.configurations()) + " configurations");
        final Verdict.Violation violation = verdict.violation();
        if (null != violation) {
            out.println((violation.isSmallest() ? "the smallest" : "a") + " prefix that cannot be explained: the first "
                + Figures.count(violation.prefixOperations()) + " of " + Figures.count(violation.keyOperations()) + " operations on key "
                + violation.key() + ", up to the answer of");
            out.println("  " + violation.operation().describe());
            if (!violation.possible().isEmpty()) {
                out.println("whatever order explains all answers before, the value can then only be");
                violation.possible().forEach(value -> out.println("  " + (null == value ? "(absent)" : value)));
            }
            list(out, "which may have been written by", violation.writers());
            list(out, "under way when the answer came", violation.concurrent());
        }
        if (!verdict.undecided().isEmpty()) {
            out.println("undecided keys: " + String.join(", ", verdict.undecided()));
        }
    }

    private static void list(final PrintWriter out, final String title, final List<Operation> operations) {
        if (!operations.isEmpty()) {
            out.println(title);
            operations.forEach(operation -> out.println("  " + operation.describe()));
        }
    }

    static Map<String, Object> document(final Verdict verdict) {
        final Map<String, Object> document = new LinkedHashMap<>();
        document.put("answer", verdict.answer().name().toLowerCase(Locale.ROOT));
        document.put("operations", verdict.operations());
        document.put("keys", verdict.keys());
        document.put("configurations", verdict.configurations());
        document.put("undecided", verdict.undecided());
        final Verdict.Violation violation = verdict.violation();
        if (null != violation) {
            final Map<String, Object> fields = new LinkedHashMap<>();
            fields.put("key", violation.key());
            fields.put("smallest", violation.isSmallest());
            fields.put("prefixOperations", violation.prefixOperations());
            fields.put("keyOperations", violation.keyOperations());
            fields.put("operation", HistoryFile.fields(violation.operation()));
            fields.put("possibleValues", violation.possible());
            fields.put("writers", violation.writers().stream().map(HistoryFile::fields).toList());
            fields.put("concurrent", violation.concurrent().stream().map(HistoryFile::fields).toList());
            document.put("violation", fields);
        } else {
            document.put("violation", null);
        }
        return document;
    }
}
