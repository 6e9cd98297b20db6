package io.cairn.bench.report;

import org.HdrHistogram.Histogram;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Writes histograms in HdrHistogram's percentile format (microseconds), which its plotters read: one distribution for each file. The first series
 * goes to the named file, every other one beside it with its name before the extension.
 */
public final class HgrmFiles {
    private static final int TICKS_PER_HALF_DISTANCE = 10;
    private static final double NANOS_PER_MICRO = 1000.0;

    private HgrmFiles() {
    }

    /**
     * Writes all series.
     *
     * @param file       of the first series.
     * @param histograms of nanoseconds, by name of the series, in their order.
     * @return the files written.
     * @throws IOException if one cannot be written.
     */
    public static List<Path> write(final Path file, final Map<String, Histogram> histograms) throws IOException {
        final List<Path> written = new ArrayList<>();
        for (final Map.Entry<String, Histogram> entry : histograms.entrySet()) {
            final Path path = written.isEmpty() ? file : beside(file, entry.getKey());
            try (OutputStream out = Files.newOutputStream(path); PrintStream print = new PrintStream(out, false, StandardCharsets.UTF_8)) {
                entry.getValue().outputPercentileDistribution(print, TICKS_PER_HALF_DISTANCE, NANOS_PER_MICRO);
                if (print.checkError()) {
                    throw new IOException("writing " + path + " failed");
                }
            }
            written.add(path);
        }
        return written;
    }

    private static Path beside(final Path file, final String series) {
        final String name = file.getFileName().toString();
        final int dot = name.lastIndexOf('.');
        final String suffix = series.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        return file.resolveSibling(dot <= 0 ? name + '.' + suffix : name.substring(0, dot) + '.' + suffix + name.substring(dot));
    }
}
