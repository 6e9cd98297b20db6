package io.cairn.bench.cli;

import io.cairn.bench.report.Document;
import io.cairn.bench.report.HtmlReport;
import io.cairn.bench.report.JsonReader;
import io.cairn.bench.report.TextReport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * {@code cairn-bench report}: shows a JSON document again, or several side by side.
 */
@Command(name = "report", description = "Show the JSON of an earlier run again, or compare several against the first.")
final class ReportCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "JSON written by --json; with several, the first is the base.")
    private List<Path> files;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a self-contained page with the percentile chart.")
    private Path html;

    @Override
    public Integer call() {
        final List<Document> documents = new ArrayList<>();
        final List<String> names = new ArrayList<>();
        for (final Path file : files) {
            documents.add(read(file));
            names.add(name(file));
        }
        final PrintWriter out = spec.commandLine().getOut();
        out.print(1 == documents.size() ? TextReport.render(documents.get(0)) : TextReport.compare(documents, names));
        if (null != html) {
            try {
                Files.writeString(html, HtmlReport.render(documents, names));
                out.println("\nwritten: " + html);
            } catch (final IOException ex) {
                throw new BenchException(html + " cannot be written: " + Failures.reason(ex), ex);
            }
        }
        out.flush();
        return 0;
    }

    private static Document read(final Path file) {
        try {
            return Document.fromJson(JsonReader.read(Files.readString(file)));
        } catch (final IOException ex) {
            throw new BenchException(file + " cannot be read: " + Failures.reason(ex), ex);
        } catch (final IllegalArgumentException ex) {
            throw new BenchException(file + ": " + ex.getMessage(), ex);
        }
    }

    private static String name(final Path file) {
        final String name = file.getFileName().toString();
        return name.endsWith(".json") ? name.substring(0, name.length() - ".json".length()) : name;
    }
}
