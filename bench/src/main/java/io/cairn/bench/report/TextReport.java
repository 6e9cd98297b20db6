package io.cairn.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A document as a table for a terminal: the series, the floors under them, what follows from it, and where it was measured.
 */
public final class TextReport {
    private static final List<String> COLUMNS = List.of("50%", "90%", "99%", "99.9%", "99.99%", "max");
    private static final int FIGURE_WIDTH = 10;
    private static final int RATE_WIDTH = 12;
    private static final int COUNT_WIDTH = 13;
    private static final int BYTES_WIDTH = 8;
    private static final int NAME_WIDTH_MIN = 24;

    private final StringBuilder out = new StringBuilder(4096);
    private int nameWidth = NAME_WIDTH_MIN;

    private TextReport() {
    }

    /**
     * Renders one document.
     *
     * @param document what was measured.
     * @return lines, each ended by a line feed.
     */
    public static String render(final Document document) {
        return new TextReport().one(document);
    }

    /**
     * Renders several documents against the first: each series of the first with the same series of the others under it, and their ratio.
     *
     * @param documents at least two.
     * @param names     one for each.
     * @return lines, each ended by a line feed.
     */
    public static String compare(final List<Document> documents, final List<String> names) {
        return new TextReport().several(documents, names);
    }

    private String one(final Document document) {
        head(document);
        document.results().forEach(result -> widen(result.label()));
        document.floors().forEach(floor -> widen("  " + floor.label()));
        if (document.results().stream().allMatch(Result::isScored)) {
            scores(document.results());
        } else {
            header();
            document.results().forEach(result -> row(result.label(), result));
        }
        if (!document.floors().isEmpty()) {
            out.append("the machine itself, in this run\n");
            for (final Floor floor : document.floors()) {
                name("  " + floor.label());
                figures(floor.latency());
                out.append('\n');
            }
        }
        allocations(document);
        spread(document);
        if (document.more().get("findings") instanceof final List<?> findings && !findings.isEmpty()) {
            out.append('\n');
            findings.forEach(finding -> out.append(finding).append('\n'));
        }
        return out.toString();
    }

    private void scores(final List<Result> results) {
        name("");
        cell("each", FIGURE_WIDTH);
        cell("±", FIGURE_WIDTH);
        cell("99%", FIGURE_WIDTH);
        cell("per second", COUNT_WIDTH + 2);
        cell("B/op", BYTES_WIDTH);
        out.append('\n');
        for (final Result result : results) {
            name(result.label());
            cell(Figures.nanos(result.achievedRate() <= 0 ? 0 : 1e9 / result.achievedRate()), FIGURE_WIDTH);
            cell(error(result), FIGURE_WIDTH);
            cell(null == result.latency() ? "–" : Figures.nanos(result.latency().p99()), FIGURE_WIDTH);
            cell(Figures.count(result.achievedRate()), COUNT_WIDTH + 2);
            cell(Figures.bytesPerOperation(result.allocatedBytesPerOperation()), BYTES_WIDTH);
            out.append('\n');
        }
    }

    private static String error(final Result result) {
        if (!(result.more().get("scoreError") instanceof final Number error) || !(result.more().get("score") instanceof final Number score)
            || Double.isNaN(error.doubleValue()) || score.doubleValue() <= 0) {
            return "–";
        }
        return String.format(Locale.ROOT, "%.1f %%", 100 * error.doubleValue() / score.doubleValue());
    }

    private void head(final Document document) {
        out.append("cairn-bench ").append(document.command());
        if (null != document.profile()) {
            out.append(" · profile ").append(document.profile());
        }
        if (null != document.durability()) {
            out.append(" · durability ").append(document.durability());
            if (document.more().get("durabilityMeaning") instanceof final String meaning) {
                out.append(" (").append(meaning).append(')');
            }
        }
        out.append('\n');
        line(document.configuration());
        line(document.machine());
        out.append('\n');
    }

    private void line(final Map<String, Object> facts) {
        String separator = "";
        int width = 0;
        for (final Map.Entry<String, Object> fact : facts.entrySet()) {
            if (null == fact.getValue() || fact.getValue() instanceof Map || fact.getValue() instanceof List) {
                continue;
            }
            final String text = HtmlReport.words(fact.getKey()) + ' ' + fact.getValue();
            if (width > 0 && width + text.length() > 130) {
                out.append('\n');
                separator = "";
                width = 0;
            }
            out.append(separator).append(text);
            width += text.length() + separator.length();
            separator = " · ";
        }
        if (width > 0) {
            out.append('\n');
        }
    }

    private String several(final List<Document> documents, final List<String> names) {
        for (int i = 0; i < documents.size(); i++) {
            final Document document = documents.get(i);
            out.append(names.get(i)).append(": ").append(document.command());
            if (null != document.profile()) {
                out.append(" · ").append(document.profile()).append(" · ").append(document.durability());
            }
            out.append('\n');
            widen("    " + names.get(i));
        }
        documents.get(0).results().forEach(result -> widen(result.label()));
        out.append('\n');
        header();
        for (final Result result : documents.get(0).results()) {
            row(result.label(), result);
            for (int i = 1; i < documents.size(); i++) {
                compareRow(names.get(i), result, documents.get(i));
            }
        }
        out.append("\nthe machine itself, in each run\n");
        for (int i = 0; i < documents.size(); i++) {
            for (final Floor floor : documents.get(i).floors()) {
                name("  " + names.get(i) + ": " + floor.label());
                figures(floor.latency());
                out.append('\n');
            }
        }
        return out.toString();
    }

    private void compareRow(final String documentName, final Result base, final Document document) {
        for (final Result result : document.results()) {
            if (result.key().equals(base.key())) {
                row("    " + documentName, result);
                if (null != base.latency() && null != result.latency()) {
                    name("");
                    for (int i = 0; i < COLUMNS.size(); i++) {
                        final double from = base.latency().figures().get(i);
                        cell(from <= 0 ? "–" : Figures.ratio(result.latency().figures().get(i) / from), FIGURE_WIDTH);
                    }
                    cell(base.achievedRate() <= 0 ? "–" : Figures.ratio(result.achievedRate() / base.achievedRate()), RATE_WIDTH);
                    out.append('\n');
                }
                return;
            }
        }
        name("    " + documentName);
        out.append("  (not in this document)\n");
    }

    private void header() {
        name("");
        COLUMNS.forEach(column -> cell(column, FIGURE_WIDTH));
        cell("ops/s", RATE_WIDTH);
        cell("count", COUNT_WIDTH);
        cell("B/op", BYTES_WIDTH);
        out.append('\n');
    }

    private void row(final String label, final Result result) {
        name(label);
        figures(result.latency());
        cell(Figures.count(result.achievedRate()), RATE_WIDTH);
        cell(Figures.count(result.count()), COUNT_WIDTH);
        cell(Figures.bytesPerOperation(result.allocatedBytesPerOperation()), BYTES_WIDTH);
        out.append('\n');
    }

    private void figures(final Latency latency) {
        for (int i = 0; i < COLUMNS.size(); i++) {
            cell(null == latency ? "–" : Figures.nanos(latency.figures().get(i)), FIGURE_WIDTH);
        }
    }

    private void allocations(final Document document) {
        final List<String> lines = new ArrayList<>();
        for (final Result result : document.results()) {
            if (result.more().get("allocatedBytesPerOperationByThread") instanceof final Map<?, ?> threads && !threads.isEmpty()) {
                final StringBuilder line = new StringBuilder("  ").append(result.label()).append(':');
                threads.forEach((thread, bytes) -> line.append(' ').append(thread).append(' ')
                    .append(Figures.bytesPerOperation(((Number) bytes).doubleValue())).append(" B;"));
                lines.add(line.substring(0, line.length() - 1));
            }
        }
        if (!lines.isEmpty()) {
            out.append("\nbytes allocated on the Java heap per operation, by thread\n");
            lines.forEach(line -> out.append(line).append('\n'));
        }
    }

    private void spread(final Document document) {
        if (document.runs().size() < 2) {
            return;
        }
        out.append("\nmedian of ").append(document.runs().size()).append(" runs (lowest – highest)\n");
        for (final Summary summary : Summary.of(document.runs())) {
            name("  " + summary.sample().label());
            if (summary.median().containsKey("p50")) {
                range("50%", summary, "p50");
                range("99%", summary, "p99");
                range("99.9%", summary, "p99.9");
            }
            out.append("  ").append(Figures.count(summary.median().get(Summary.RATE))).append("/s (")
                .append(Figures.count(summary.min().get(Summary.RATE))).append(" – ")
                .append(Figures.count(summary.max().get(Summary.RATE))).append(")\n");
        }
    }

    private void range(final String title, final Summary summary, final String key) {
        final String text = "  " + title + ' ' + Figures.nanos(summary.median().get(key)) + " (" + Figures.nanos(summary.min().get(key)) + " – "
            + Figures.nanos(summary.max().get(key)) + ')';
        out.append(String.format(Locale.ROOT, "%-38s", text));
    }

    private void widen(final String label) {
        nameWidth = Math.max(nameWidth, label.length());
    }

    private void name(final String text) {
        out.append(text).append(" ".repeat(Math.max(0, nameWidth - text.length())));
    }

    private void cell(final String text, final int width) {
        out.append(" ".repeat(Math.max(1, width - text.length()))).append(text);
    }
}
