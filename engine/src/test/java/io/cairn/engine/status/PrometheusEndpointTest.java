package io.cairn.engine.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashSet;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PrometheusEndpointTest {
    private final EngineCounters counters = EngineCounters.inMemory(16 * 1024, 3, () -> 0L);
    private final HttpClient client = HttpClient.newHttpClient();

    @AfterEach
    void closeCounters() {
        counters.close();
    }

    private HttpResponse<String> ask(final int port, final String method, final String path) throws IOException, InterruptedException {
        final HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .method(method, HttpRequest.BodyPublishers.noBody()).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void shouldServeEveryCounterInTheTextFormat() throws IOException, InterruptedException {
        counters.counter(EngineCounter.APPLIED_INDEX).setRelease(42);
        counters.counter(EngineCounter.FORCES).setRelease(8);
        counters.counter(EngineCounter.FORCE_TIME).setRelease(1_500_000_000L);
        counters.dutyCycleMax(AgentKind.SYNCER).setRelease(2_000_000L);
        final HttpResponse<String> response;
        try (PrometheusEndpoint endpoint = PrometheusEndpoint.launch(counters.reader(), "127.0.0.1", 0)) {
            response = ask(endpoint.port(), "GET", "/metrics");
        }
        assertEquals(200, response.statusCode());
        assertEquals("text/plain; version=0.0.4; charset=utf-8", response.headers().firstValue("Content-Type").orElseThrow());
        final String text = response.body();
        assertTrue(text.contains("# HELP cairn_applied_index Highest index applied to the state.\n# TYPE cairn_applied_index gauge\n" +
            "cairn_applied_index{node=\"3\"} 42\n"), text);
        assertTrue(text.contains("# TYPE cairn_forces_total counter\ncairn_forces_total{node=\"3\"} 8\n"), text);
        assertTrue(text.contains("\ncairn_force_time_seconds_total{node=\"3\"} 1.5\n"), text);
        assertTrue(text.contains("\ncairn_duty_cycle_max_seconds{node=\"3\",agent=\"syncer\"} 0.002\n"), text);
        assertTrue(text.contains("\ncairn_log_disk_bytes{node=\"3\"} 0\n"), text);
        judgeFormat(text);
    }

    /** Every line is HELP, TYPE or a sample; a family is announced once, HELP before TYPE before its samples; no sample comes twice. */
    private static void judgeFormat(final String text) {
        assertTrue(text.endsWith("\n"));
        final Set<String> families = new HashSet<>();
        final Set<String> samples = new HashSet<>();
        String family = null;
        boolean typed = false;
        for (final String line : text.split("\n")) {
            if (line.startsWith("# HELP ")) {
                family = line.split(" ", 4)[2];
                typed = false;
                assertTrue(families.add(family), line);
            } else if (line.startsWith("# TYPE ")) {
                assertTrue(line.matches("# TYPE " + family + " (counter|gauge)"), line);
                typed = true;
            } else {
                assertTrue(typed && line.matches(family + "\\{node=\"\\d+\"(,agent=\"[a-z]+\")?} -?[0-9.E-]+"), line);
                assertTrue(samples.add(line.substring(0, line.indexOf('}'))), line);
            }
        }
        assertEquals(EngineCounter.values().length, families.size());
    }

    @Test
    void shouldAnswerOnlyGetAndHeadOfMetrics() throws IOException, InterruptedException {
        try (PrometheusEndpoint endpoint = PrometheusEndpoint.launch(counters.reader(), "127.0.0.1", 0)) {
            assertEquals(404, ask(endpoint.port(), "GET", "/").statusCode());
            assertEquals(404, ask(endpoint.port(), "GET", "/metricsx").statusCode());
            assertEquals(405, ask(endpoint.port(), "POST", "/metrics").statusCode());
            assertEquals("", ask(endpoint.port(), "HEAD", "/metrics").body());
        }
    }

    @Test
    void shouldStopListeningWhenClosed() {
        final PrometheusEndpoint endpoint = PrometheusEndpoint.launch(counters.reader(), "127.0.0.1", 0);
        final int port = endpoint.port();
        endpoint.close();
        assertThrows(IOException.class, () -> ask(port, "GET", "/metrics"));
    }

    @Test
    void shouldSayWhatToDoWhenThePortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            final int port = taken.getLocalPort();
            final String message = assertThrows(
                StatusException.class, () -> PrometheusEndpoint.launch(counters.reader(), "127.0.0.1", port)).getMessage();
            assertTrue(message.startsWith("prometheus.port=" + port + ": cannot listen on 127.0.0.1:" + port), message);
            assertTrue(message.endsWith("; use another port, or 0 to turn the endpoint off"), message);
        }
    }
}
