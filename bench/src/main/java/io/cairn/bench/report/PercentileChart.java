package io.cairn.bench.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Draws latency by percentile as SVG: percentiles on an axis of nines (each step to the right is ten times rarer), time on a logarithmic axis, floors
 * as dashed reference curves. Colours come from the page's style sheet, so that light and dark are one drawing.
 */
final class PercentileChart {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 500;
    private static final int LEFT = 74;
    private static final int RIGHT_MIN = 120;
    private static final int RIGHT_MAX = 330;
    private static final double CHARACTER_WIDTH = 7.4;
    private static final int NAME_LENGTH_MAX = 42;
    private static final int TOP = 18;
    private static final int BOTTOM = 46;
    private static final int LABEL_HEIGHT = 17;
    private static final double LOW_NS = 10;
    private static final double NINES_MIN = 4;
    private static final double NINES_MAX = 7;

    /** One curve: what it is called, its points, the style classes that colour it. */
    record Series(String label, String styleClass, Latency latency, long count) {
    }

    private record Label(String text, String styleClass, double fromX, double wantedY) {
    }

    private final List<Series> series;
    private final double nines;
    private final double lowLog;
    private final double highLog;
    private final int right;
    private final StringBuilder out = new StringBuilder(1 << 15);

    PercentileChart(final List<Series> series) {
        this.series = series;
        double low = Double.MAX_VALUE;
        double high = 1;
        double most = NINES_MIN;
        int longest = 0;
        for (final Series one : series) {
            for (final List<Number> point : pointsOf(one)) {
                low = Math.min(low, Math.max(LOW_NS, point.get(1).doubleValue()));
                high = Math.max(high, point.get(1).doubleValue());
            }
            longest = Math.max(longest, Math.min(NAME_LENGTH_MAX, one.label().length()));
            most = Math.max(most, Math.log10(Math.max(1, one.count())));
        }
        right = Math.max(RIGHT_MIN, Math.min(RIGHT_MAX, 22 + (int) (longest * CHARACTER_WIDTH)));
        nines = Math.min(NINES_MAX, most);
        lowLog = Math.floor(Math.log10(Math.min(low, high)) * 2) / 2;
        highLog = Math.max(lowLog + 1, Math.ceil(Math.log10(high) * 4) / 4);
    }

    /** Points of the curve; a document without them gets the six figures. */
    private static List<List<Number>> pointsOf(final Series one) {
        if (!one.latency().curve().isEmpty()) {
            return one.latency().curve();
        }
        final Latency latency = one.latency();
        return List.of(
            List.of(0, latency.p50()), List.of(50, latency.p50()), List.of(90, latency.p90()), List.of(99, latency.p99()),
            List.of(99.9, latency.p999()), List.of(99.99, latency.p9999()), List.of(100, latency.max()));
    }

    String draw() {
        out.append(String.format(Locale.ROOT,
            "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Latency by percentile\" data-left=\"%d\" data-right=\"%d\""
                + " data-nines=\"%.4f\" data-top=\"%d\" data-bottom=\"%d\" data-low=\"%.4f\" data-high=\"%.4f\">%n",
            WIDTH, HEIGHT, LEFT, WIDTH - right, nines, TOP, HEIGHT - BOTTOM, lowLog, highLog));
        drawTimeAxis();
        drawPercentileAxis();
        final List<Label> labels = new ArrayList<>();
        for (final Series one : series) {
            drawCurve(one, labels);
        }
        drawLabels(labels);
        out.append("<line class=\"cross off\" y1=\"").append(TOP).append("\" y2=\"").append(HEIGHT - BOTTOM).append("\"/>\n");
        return out.append("</svg>\n").toString();
    }

    private void drawTimeAxis() {
        for (int decade = (int) Math.floor(lowLog); decade <= highLog; decade++) {
            for (int step = 1; step < 10; step++) {
                final double log = decade + Math.log10(step);
                if (log < lowLog - 1e-9 || log > highLog + 1e-9) {
                    continue;
                }
                final double y = y(Math.pow(10, log));
                out.append(String.format(Locale.ROOT, "<line class=\"%s\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>%n",
                    1 == step ? "grid" : "grid minor", LEFT, WIDTH - right, y, y));
                if (1 == step || (5 == step || 2 == step) && highLog - lowLog < 2.6) {
                    out.append(String.format(Locale.ROOT, "<text class=\"tick\" text-anchor=\"end\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                        LEFT - 10, y + 4, tick(Math.pow(10, log))));
                }
            }
        }
    }

    private static String tick(final double nanos) {
        final String[] units = {"ns", "µs", "ms", "s"};
        double value = Math.round(nanos);
        int unit = 0;
        while (unit < units.length - 1 && value >= 1000) {
            value /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, "%.0f %s", value, units[unit]);
    }

    private void drawPercentileAxis() {
        drawPercentileTick(0, "0", "middle");
        drawPercentileTick(-Math.log10(0.5), "50 %", "middle");
        final StringBuilder fraction = new StringBuilder("90");
        for (int nine = 1; nine <= nines + 1e-9; nine++) {
            drawPercentileTick(nine, fraction + " %", "middle");
            fraction.setLength(0);
            fraction.append("99");
            if (nine > 1) {
                fraction.append('.').append("9".repeat(nine - 1));
            }
        }
        out.append(String.format(Locale.ROOT, "<text class=\"axis\" text-anchor=\"middle\" x=\"%d\" y=\"%d\">percentile of operations</text>%n",
            (LEFT + WIDTH - right) / 2, HEIGHT - 6));
    }

    private void drawPercentileTick(final double at, final String text, final String anchor) {
        final double x = x(at);
        out.append(String.format(Locale.ROOT, "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>%n", x, x, TOP, HEIGHT - BOTTOM));
        out.append(String.format(Locale.ROOT, "<text class=\"tick\" text-anchor=\"%s\" x=\"%.1f\" y=\"%d\">%s</text>%n",
            anchor, x, HEIGHT - BOTTOM + 18, text));
    }

    private void drawCurve(final Series one, final List<Label> labels) {
        final double end = Math.min(nines, Math.log10(Math.max(10, one.count())));
        final StringBuilder path = new StringBuilder();
        double lastX = -1;
        double lastY = 0;
        for (final List<Number> point : pointsOf(one)) {
            final double missing = 1 - point.get(0).doubleValue() / 100;
            final double at = missing <= 0 ? end : Math.min(end, -Math.log10(missing));
            final double pointX = x(at);
            final double pointY = y(point.get(1).doubleValue());
            if (pointX > lastX + 0.05 || Math.abs(pointY - lastY) > 0.05) {
                path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", pointX, pointY));
                lastX = pointX;
                lastY = pointY;
            }
        }
        out.append(String.format(Locale.ROOT, "<path class=\"curve %s\" d=\"%s\"/>%n", one.styleClass(), path));
        out.append(String.format(Locale.ROOT, "<circle class=\"end %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"3.5\"/>%n", one.styleClass(), lastX, lastY));
        labels.add(new Label(one.label(), one.styleClass(), lastX, lastY));
    }

    /** Names at the right of the plot, pushed apart so that none covers another. */
    private void drawLabels(final List<Label> labels) {
        final List<Label> sorted = new ArrayList<>(labels);
        sorted.sort(Comparator.comparingDouble(Label::wantedY));
        final double[] at = new double[sorted.size()];
        double free = TOP + 4;
        for (int i = 0; i < at.length; i++) {
            at[i] = Math.max(free, sorted.get(i).wantedY());
            free = at[i] + LABEL_HEIGHT;
        }
        double limit = HEIGHT - BOTTOM;
        for (int i = at.length - 1; i >= 0; i--) {
            at[i] = Math.min(limit, at[i]);
            limit = at[i] - LABEL_HEIGHT;
        }
        for (int i = 0; i < at.length; i++) {
            final Label label = sorted.get(i);
            out.append(String.format(Locale.ROOT,
                "<path class=\"leader %s\" d=\"M%.1f %.1fH%dL%d %.1f\"/><text class=\"name %s\" x=\"%d\" y=\"%.1f\">%s</text>%n",
                label.styleClass(), label.fromX() + 4, label.wantedY(), WIDTH - right + 2, WIDTH - right + 14, at[i],
                label.styleClass(), WIDTH - right + 18, at[i] + 4, HtmlReport.escape(shortened(label.text()))));
        }
    }

    private static String shortened(final String text) {
        return text.length() <= NAME_LENGTH_MAX ? text : text.substring(0, NAME_LENGTH_MAX - 1) + '…';
    }

    private double x(final double at) {
        return LEFT + (WIDTH - right - LEFT) * at / nines;
    }

    private double y(final double nanos) {
        final double share = (Math.log10(Math.max(1, nanos)) - lowLog) / (highLog - lowLog);
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * Math.max(0, Math.min(1, share));
    }
}
