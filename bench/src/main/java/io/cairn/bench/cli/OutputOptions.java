package io.cairn.bench.cli;

import io.cairn.bench.report.Document;
import io.cairn.bench.report.HgrmFiles;
import io.cairn.bench.report.HtmlReport;
import io.cairn.bench.report.Json;
import io.cairn.bench.report.MachineFacts;
import io.cairn.bench.report.TextReport;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where a report goes besides standard output.
 */
final class OutputOptions {
    @Option(names = "--json", paramLabel = "FILE", description = "Write everything that was measured as JSON.")
    Path json;

    @Option(names = "--html", paramLabel = "FILE", description = "Write a self-contained page with the percentile chart.")
    Path html;

    @Option(names = "--hgrm", paramLabel = "FILE",
        description = "Write the distributions in HdrHistogram's format: the first series to FILE, every other one beside it.")
    Path hgrm;

    private String busyBefore;

    /** Refuses files that could not be written at the end, before any time is spent, and looks whether the machine is quiet. */
    void check() {
        busyBefore = MachineFacts.busyBefore();
        check("--json", json);
        check("--html", html);
        check("--hgrm", hgrm);
    }

    private static void check(final String option, final Path file) {
        if (null == file) {
            return;
        }
        final Path parent = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw new BenchException(option + " " + file + " is a directory: give a file");
        }
        if (null == parent || !Files.isDirectory(parent)) {
            throw new BenchException(option + " " + file + ": the directory " + parent + " does not exist");
        }
        if (!Files.isWritable(Files.exists(file) ? file : parent)) {
            throw new BenchException(option + " " + file + " cannot be written: permission denied");
        }
    }

    /** Prints the table and writes the files asked for. */
    void write(final PrintWriter out, final Document document, final Map<String, Histogram> histograms) {
        out.print(TextReport.render(document));
        if (null != busyBefore) {
            out.println("\n" + busyBefore);
        }
        try {
            if (null != json) {
                Files.writeString(json, Json.write(document.toJson()));
                out.println("\nwritten: " + json);
            }
            if (null != html) {
                Files.writeString(html, HtmlReport.render(List.of(document), List.of("")));
                out.println("written: " + html);
            }
            if (null != hgrm && !histograms.isEmpty()) {
                HgrmFiles.write(hgrm, histograms).forEach(path -> out.println("written: " + path));
            }
        } catch (final IOException ex) {
            throw new BenchException("the report cannot be written: " + Failures.reason(ex), ex);
        } finally {
            out.flush();
        }
    }
}
