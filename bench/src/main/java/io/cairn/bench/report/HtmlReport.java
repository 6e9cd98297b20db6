package io.cairn.bench.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One document, or several side by side, as a page that needs no network: style, script and drawing are inside. The chart and the tables are plain
 * markup, so the page reads without script too; the script adds the reading line under the pointer and the switching of curves.
 */
public final class HtmlReport {
    private static final int PALETTE = 8;

    private final List<Document> documents;
    private final List<String> names;
    private final StringBuilder out = new StringBuilder(1 << 16);

    private HtmlReport(final List<Document> documents, final List<String> names) {
        this.documents = documents;
        this.names = names;
    }

    /**
     * Renders documents.
     *
     * @param documents at least one.
     * @param names     one for each document, such as its file's name; shown only when there are several.
     * @return the whole page.
     */
    public static String render(final List<Document> documents, final List<String> names) {
        return new HtmlReport(documents, names).page();
    }

    private String page() {
        final Document first = documents.get(0);
        out.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .append("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .append("<title>").append(escape(title())).append("</title>\n<style>\n").append(resource("report.css"))
            .append("</style>\n</head>\n<body>\n")
            .append("<main>\n<header>\n<h1>").append(escape(title())).append("</h1>\n<p class=\"chips\">");
        chips(first);
        out.append("</p>\n");
        if (first.more().get("durabilityMeaning") instanceof final String meaning) {
            out.append("<p class=\"note\">Durability ").append(escape(String.valueOf(first.durability()))).append(": ").append(escape(meaning))
                .append(".</p>\n");
        }
        out.append("</header>\n");
        cards(first);
        chart();
        table();
        claims();
        runs();
        context();
        out.append("</main>\n<script>\n").append(resource("report.js")).append("</script>\n</body>\n</html>\n");
        return out.toString();
    }

    private String title() {
        return "Cairn " + documents.get(0).command() + (documents.size() > 1 ? ", " + documents.size() + " runs compared" : "");
    }

    private void chips(final Document document) {
        if (null != document.profile()) {
            chip("profile", document.profile());
        }
        if (null != document.durability()) {
            chip("durability", document.durability());
        }
        for (final String key : List.of("threading", "keys", "keyBytes", "valueBytes")) {
            if (document.configuration().get(key) != null) {
                chip(words(key), show(document.configuration().get(key)));
            }
        }
        if (null != document.machine().get("finishedAt")) {
            chip("measured", document.machine().get("finishedAt").toString());
        }
    }

    private void chip(final String name, final String value) {
        out.append("<span class=\"chip\"><b>").append(escape(name)).append("</b> ").append(escape(value)).append("</span>");
    }

    /** The headline figures: what a reader wants before any chart. */
    private void cards(final Document document) {
        final List<Result> measured = document.results().stream().filter(result -> null != result.latency()).limit(4).toList();
        if (documents.size() > 1 || measured.isEmpty()) {
            return;
        }
        out.append("<section class=\"cards\">\n");
        for (final Result result : measured) {
            out.append("<div class=\"card\"><h2>").append(escape(result.label())).append("</h2><p class=\"big\">")
                .append(figure(result.latency().p50())).append(" <span>median</span></p><p class=\"small\">p99 ")
                .append(escape(Figures.nanos(result.latency().p99()))).append(" · max ").append(escape(Figures.nanos(result.latency().max())))
                .append("</p></div>\n");
        }
        out.append("</section>\n");
    }

    private static String figure(final long nanos) {
        final String[] parts = Figures.nanos(nanos).split(" ");
        return parts[0] + "<small>" + escape(parts[1]) + "</small>";
    }

    private void chart() {
        final List<PercentileChart.Series> series = new ArrayList<>();
        int colour = 0;
        for (int i = 0; i < documents.size(); i++) {
            final String prefix = documents.size() > 1 ? names.get(i) + ": " : "";
            for (final Result result : documents.get(i).results()) {
                if (null != result.latency() && series.size() < PALETTE * 2) {
                    series.add(new PercentileChart.Series(prefix + result.label(),
                        String.format(Locale.ROOT, "s%d c%d%s", series.size(), colour % PALETTE, colour >= PALETTE ? " dotted" : ""),
                        result.latency(), result.count()));
                    colour++;
                }
            }
        }
        if (series.isEmpty()) {
            return;
        }
        for (final Floor floor : documents.get(0).floors()) {
            final long count = floor.more().get("count") instanceof final Number number ? number.longValue() : 10_000;
            series.add(new PercentileChart.Series(floor.label(),
                String.format(Locale.ROOT, "s%d floor f-%s", series.size(), floor.name()), floor.latency(), count));
        }
        out.append("<section class=\"panel\">\n<h2>Latency by percentile</h2>\n<p class=\"note\">Each step to the right is ten times rarer; the time "
            + "axis is logarithmic. Dashed: what the machine itself needs, measured in the same run.</p>\n<div class=\"legend\">");
        for (int i = 0; i < series.size(); i++) {
            out.append("<label><input type=\"checkbox\" checked data-series=\"s").append(i).append("\"><span class=\"key ")
                .append(series.get(i).styleClass()).append("\"></span>").append(escape(series.get(i).label()))
                .append("<output></output></label>");
        }
        out.append("</div>\n<div class=\"scroll\">").append(new PercentileChart(series).draw()).append("</div>\n");
        out.append("<script type=\"application/json\" id=\"curves\">")
            .append(Json.writeCompact(series.stream().map(one -> one.latency().curve()).toList())).append("</script>\n</section>\n");
    }

    private void scores() {
        out.append("<section class=\"panel\">\n<h2>Scores</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>benchmark</th><th>each</th>"
            + "<th>per second</th><th>B/op</th></tr></thead>\n<tbody>\n");
        for (int i = 0; i < documents.size(); i++) {
            final String prefix = documents.size() > 1 ? names.get(i) + ": " : "";
            for (final Result result : documents.get(i).results()) {
                out.append("<tr><th>").append(escape(prefix + result.label())).append("</th><td>")
                    .append(escape(Figures.nanos(result.achievedRate() <= 0 ? 0 : 1e9 / result.achievedRate()))).append("</td><td>")
                    .append(Figures.count(result.achievedRate())).append("</td><td>")
                    .append(Figures.bytesPerOperation(result.allocatedBytesPerOperation())).append("</td></tr>\n");
            }
        }
        out.append("</tbody></table></div>\n</section>\n");
    }

    private void table() {
        if (documents.stream().allMatch(document -> document.results().stream().allMatch(Result::isScored))) {
            scores();
            return;
        }
        out.append("<section class=\"panel\">\n<h2>Percentiles</h2>\n<div class=\"scroll\"><table>\n<thead><tr><th>series</th>"
            + "<th>50 %</th><th>90 %</th><th>99 %</th><th>99.9 %</th><th>99.99 %</th><th>max</th><th>ops/s</th><th>count</th>"
            + "<th>B/op</th></tr></thead>\n<tbody>\n");
        for (int i = 0; i < documents.size(); i++) {
            final String prefix = documents.size() > 1 ? names.get(i) + ": " : "";
            for (final Result result : documents.get(i).results()) {
                out.append("<tr><th>").append(escape(prefix + result.label())).append("</th>");
                latencyCells(result.latency());
                out.append("<td>").append(Figures.count(result.achievedRate())).append("</td><td>").append(Figures.count(result.count()))
                    .append("</td><td>").append(Figures.bytesPerOperation(result.allocatedBytesPerOperation())).append("</td></tr>\n");
            }
        }
        for (int i = 0; i < documents.size(); i++) {
            final String prefix = documents.size() > 1 ? names.get(i) + ": " : "";
            for (final Floor floor : documents.get(i).floors()) {
                out.append("<tr class=\"floor-row\"><th>").append(escape(prefix + floor.label())).append("</th>");
                latencyCells(floor.latency());
                out.append("<td></td><td></td><td></td></tr>\n");
            }
        }
        out.append("</tbody></table></div>\n</section>\n");
    }

    private void latencyCells(final Latency latency) {
        for (int i = 0; i < Latency.KEYS.size(); i++) {
            out.append("<td>").append(null == latency ? "–" : escape(Figures.nanos(latency.figures().get(i)))).append("</td>");
        }
    }

    private void claims() {
        final List<String> findings = new ArrayList<>();
        for (final Document document : documents) {
            if (document.more().get("findings") instanceof final List<?> list) {
                list.forEach(item -> findings.add(String.valueOf(item)));
            }
        }
        if (!findings.isEmpty()) {
            out.append("<section class=\"panel\">\n<h2>What follows from it</h2>\n<ul>\n");
            findings.forEach(finding -> out.append("<li>").append(escape(finding)).append("</li>\n"));
            out.append("</ul>\n</section>\n");
        }
    }

    private void runs() {
        final List<Summary> summaries = Summary.of(documents.get(0).runs());
        if (documents.size() > 1 || documents.get(0).runs().size() < 2) {
            return;
        }
        out.append("<section class=\"panel\">\n<h2>Run by run</h2>\n<p class=\"note\">Median of ").append(documents.get(0).runs().size())
            .append(" runs, with the lowest and the highest.</p>\n<div class=\"scroll\"><table>\n<thead><tr><th>series</th><th>50 %</th>"
                + "<th>99 %</th><th>99.9 %</th><th>max</th><th>ops/s</th></tr></thead>\n<tbody>\n");
        for (final Summary summary : summaries) {
            out.append("<tr><th>").append(escape(summary.sample().label())).append("</th>");
            for (final String key : List.of("p50", "p99", "p99.9", "max")) {
                out.append("<td>");
                if (summary.median().containsKey(key)) {
                    range(Figures.nanos(summary.median().get(key)), Figures.nanos(summary.min().get(key)), Figures.nanos(summary.max().get(key)));
                }
                out.append("</td>");
            }
            out.append("<td>");
            range(Figures.count(summary.median().get(Summary.RATE)), Figures.count(summary.min().get(Summary.RATE)),
                Figures.count(summary.max().get(Summary.RATE)));
            out.append("</td></tr>\n");
        }
        out.append("</tbody></table></div>\n</section>\n");
    }

    private void range(final String median, final String min, final String max) {
        out.append(escape(median)).append("<span class=\"range\">").append(escape(min)).append(" – ").append(escape(max)).append("</span>");
    }

    private void context() {
        out.append("<section class=\"pair\">\n");
        for (int i = 0; i < documents.size(); i++) {
            final String suffix = documents.size() > 1 ? " of " + names.get(i) : "";
            facts("Configuration" + suffix, documents.get(i).configuration());
            facts("Machine" + suffix, documents.get(i).machine());
        }
        out.append("</section>\n");
    }

    private void facts(final String title, final Map<String, Object> facts) {
        if (facts.isEmpty()) {
            return;
        }
        out.append("<div class=\"panel\"><h2>").append(escape(title)).append("</h2><dl>");
        facts.forEach((key, value) -> out.append("<dt>").append(escape(words(key))).append("</dt><dd>").append(escape(show(value))).append("</dd>"));
        out.append("</dl></div>\n");
    }

    /** keyBytes becomes "key bytes". */
    static String words(final String camelCase) {
        return camelCase.replaceAll("([a-z0-9])([A-Z])", "$1 $2").toLowerCase(Locale.ROOT);
    }

    private static String show(final Object value) {
        if (value instanceof Integer || value instanceof Long) {
            return Figures.count(((Number) value).doubleValue());
        }
        return null == value ? "–" : value.toString();
    }

    static String escape(final String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
    }

    private static String resource(final String name) {
        try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
            if (null == in) {
                throw new IllegalStateException("resource " + name + " is missing from the jar");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
