package io.cairn.bench.report;

import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ReportTest {
    @TempDir
    Path directory;

    private final Document document = Samples.document(1);

    @Test
    void shouldHaveEveryFieldOfTheSchemaWhenWrittenAsJson() {
        final Map<?, ?> json = (Map<?, ?>) JsonReader.read(Json.write(document.toJson()));

        assertEquals(1L, json.get("schemaVersion"));
        assertEquals("latency", json.get("command"));
        assertEquals("balanced", json.get("profile"));
        assertEquals("group", json.get("durability"));
        assertInstanceOf(Map.class, json.get("configuration"));
        assertInstanceOf(Map.class, json.get("machine"));
        final List<?> results = (List<?>) json.get("results");
        assertEquals(4, results.size());
        for (final Object item : results) {
            final Map<?, ?> result = (Map<?, ?>) item;
            assertTrue(List.of("put", "get").contains(result.get("operation")));
            assertTrue(List.of("open", "closed").contains(result.get("mode")));
            assertTrue(result.containsKey("rate"));
            assertInstanceOf(Number.class, result.get("achievedRate"));
            assertEquals(200_000L, result.get("count"));
            assertPercentiles((Map<?, ?>) result.get("latencyNs"));
            assertEquals(Latency.KEYS, List.copyOf(((Map<?, ?>) result.get("latencyNs")).keySet()));
            assertInstanceOf(Number.class, result.get("allocatedBytesPerOperation"));
        }
        final Map<?, ?> floors = (Map<?, ?>) json.get("floors");
        for (final String floor : List.of("ringRoundTrip", "force", "jitter")) {
            assertPercentiles((Map<?, ?>) floors.get(floor));
        }
        assertEquals(3, ((List<?>) json.get("runs")).size());
        final List<?> summary = (List<?>) json.get("summary");
        assertEquals(4, summary.size());
        for (final Object item : summary) {
            final Map<?, ?> one = (Map<?, ?>) item;
            for (final String key : Latency.KEYS) {
                final double min = ((Number) ((Map<?, ?>) one.get("min")).get(key)).doubleValue();
                final double median = ((Number) ((Map<?, ?>) one.get("median")).get(key)).doubleValue();
                final double max = ((Number) ((Map<?, ?>) one.get("max")).get(key)).doubleValue();
                assertTrue(min <= median && median <= max);
            }
        }
    }

    private static void assertPercentiles(final Map<?, ?> percentiles) {
        long previous = 0;
        for (final String key : Latency.KEYS) {
            final long value = assertInstanceOf(Long.class, percentiles.get(key), key);
            assertTrue(value >= previous, key + " is " + value + " after " + previous);
            previous = value;
        }
    }

    @Test
    void shouldReadBackWhatWasWritten() {
        final String written = Json.write(document.toJson());
        final Document read = Document.fromJson(JsonReader.read(written));

        assertEquals(written, Json.write(read.toJson()));
        assertEquals(TextReport.render(document), TextReport.render(read));
    }

    @Test
    void shouldRefuseWhatIsNoDocument() {
        assertThrows(IllegalArgumentException.class, () -> Document.fromJson(JsonReader.read("{}")));
        assertThrows(IllegalArgumentException.class, () -> Document.fromJson(JsonReader.read("[1]")));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Document.fromJson(JsonReader.read("{\"schemaVersion\": 2}")))
            .getMessage().contains("newer"));
        for (final String broken : List.of("", "{", "{\"a\":}", "[1,]", "tru", "\"\\x\"", "01a", "{\"a\":1} x", "[".repeat(100), "01", "1.", "1.e5",
            "-", "+1", "9223372036854775808", "\"\\u+123\"", "\"\\u\u0663123\"")) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> JsonReader.read(broken), broken).getMessage().contains("at character"));
        }
    }

    @Test
    void shouldEscapeWhateverStandsInAString() {
        final String text = "quote \" back \\ line \n tab \t bell \u0007 é 漢 </script>";
        assertEquals(text, JsonReader.read(Json.write(text)));
        assertEquals(text, JsonReader.read(Json.writeCompact(text)));
        assertFalse(Json.writeCompact(text).contains("</script>"));
    }

    @Test
    void shouldShowEverySeriesAndFloorInTheTable() {
        final String text = TextReport.render(document);
        for (final String expected : List.of("put, open 20,000/s", "get, closed 1 in flight", "ring round trip", "force (pwrite_fdatasync)",
            "machine's jitter", "durability group (forced before", "99.99%", "median of 3 runs", "1.08 ×", "B/op")) {
            assertTrue(text.contains(expected), "missing: " + expected + "\n" + text);
        }
    }

    @Test
    void shouldSetDocumentsSideBySideWhenCompared() {
        final String text = TextReport.compare(List.of(document, Samples.document(9)), List.of("before", "after"));
        assertTrue(text.contains("before"));
        assertTrue(text.contains("    after"));
        assertTrue(text.contains("×"));
    }

    @Test
    void shouldNeedNoNetworkWhenShownInABrowser() throws IOException {
        final String page = HtmlReport.render(List.of(document), List.of(""));
        final String compared = HtmlReport.render(List.of(document, Samples.document(9)), List.of("before", "after <b>"));

        for (final String html : List.of(page, compared)) {
            assertFalse(html.contains("http://") || html.contains("https://") || html.contains("src=") || html.contains("@import"));
            assertTrue(html.contains("<svg") && html.contains("prefers-color-scheme: dark") && html.contains("99.99 %"));
            assertTrue(html.contains("put, open 20,000/s"));
        }
        assertFalse(compared.contains("after <b>"));
        Files.writeString(Path.of("target", "sample-report.html"), page);
        Files.writeString(Path.of("target", "sample-compare.html"), compared);
    }

    @Test
    void shouldWriteOneFileForEachSeriesInHdrFormat() throws IOException {
        final Map<String, Histogram> histograms = new LinkedHashMap<>();
        histograms.put("put, open 20,000/s", Samples.histogram(1, 1_000, 0.2));
        histograms.put("get, closed", Samples.histogram(2, 1_000, 0.2));
        final List<Path> written = HgrmFiles.write(directory.resolve("out.hgrm"), histograms);

        assertEquals(List.of(directory.resolve("out.hgrm"), directory.resolve("out.get-closed.hgrm")), written);
        for (final Path path : written) {
            final String text = Files.readString(path);
            assertTrue(text.contains("TotalCount") && text.contains("#[Mean"));
        }
    }

    @Test
    void shouldWriteFiguresThatAPersonReadsAtAGlance() {
        assertEquals("0 ns", Figures.nanos(0));
        assertEquals("999 ns", Figures.nanos(999));
        assertEquals("1.00 µs", Figures.nanos(1_000));
        assertEquals("12.3 µs", Figures.nanos(12_345));
        assertEquals("123 ms", Figures.nanos(123_456_789));
        assertEquals("1.00 ms", Figures.nanos(999_999));
        assertEquals("64.0 MiB", Figures.bytes(64 << 20));
        assertEquals("1,234,567", Figures.count(1_234_567));
        assertEquals("0", Figures.bytesPerOperation(0.0001));
        assertEquals("0.020", Figures.bytesPerOperation(0.02));
        assertEquals("–", Figures.bytesPerOperation(null));
    }
}
