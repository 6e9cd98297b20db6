package io.cairn.engine.status;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import org.agrona.concurrent.status.CountersReader;

/**
 * Serves the counters at {@code /metrics} in the text format of Prometheus. It has one thread of its own that no agent waits for. Close it before the
 * counters it reads.
 */
public final class PrometheusEndpoint implements AutoCloseable {
    private static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
    private static final long CLOSE_TIMEOUT_S = 10;

    private final CountersReader reader;
    private final HttpServer server;
    private final ExecutorService executor;

    private PrometheusEndpoint(final CountersReader reader, final HttpServer server, final ExecutorService executor) {
        this.reader = reader;
        this.server = server;
        this.executor = executor;
    }

    /**
     * Listen.
     *
     * @param reader of the counters to serve.
     * @param bind   address to listen on.
     * @param port   to listen on; 0 takes a free one.
     * @return the endpoint, already serving.
     * @throws StatusException if it cannot listen there.
     */
    public static PrometheusEndpoint launch(final CountersReader reader, final String bind, final int port) {
        final HttpServer server;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(bind), port), 0);
        } catch (final UnknownHostException ex) {
            throw new StatusException("prometheus.bind=" + bind + " is not an address of this machine: use one such as 127.0.0.1");
        } catch (final IOException ex) {
            throw new StatusException("prometheus.port=" + port + ": cannot listen on " + bind + ":" + port + " (" + ex.getMessage() +
                "); use another port, or 0 to turn the endpoint off");
        }
        final ExecutorService executor = Executors.newSingleThreadExecutor(task -> {
            final Thread thread = new Thread(task, "cairn-prometheus");
            thread.setDaemon(true);
            return thread;
        });
        final PrometheusEndpoint endpoint = new PrometheusEndpoint(reader, server, executor);
        server.createContext("/", endpoint::answer);
        server.setExecutor(executor);
        server.start();
        return endpoint;
    }

    /**
     * The port it listens on.
     *
     * @return the port.
     */
    public int port() {
        return server.getAddress().getPort();
    }

    private void answer(final HttpExchange exchange) throws IOException {
        try (exchange) {
            final String method = exchange.getRequestMethod();
            if (!"/metrics".equals(exchange.getRequestURI().getPath())) {
                send(exchange, 404, "the counters are at /metrics\n", "text/plain; charset=utf-8");
            } else if (!"GET".equals(method) && !"HEAD".equals(method)) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, 405, "only GET and HEAD\n", "text/plain; charset=utf-8");
            } else {
                send(exchange, 200, PrometheusText.of(CounterSample.all(reader)), CONTENT_TYPE);
            }
        }
    }

    private static void send(final HttpExchange exchange, final int status, final String text, final String contentType) throws IOException {
        final byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", contentType);
        if ("HEAD".equals(exchange.getRequestMethod())) {
            exchange.sendResponseHeaders(status, -1);
        } else {
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    /**
     * Stop listening, and wait until no answer is being written: after that the counters may be unmapped.
     */
    @Override
    public void close() {
        server.stop(0);
        executor.shutdown();
        try {
            if (!executor.awaitTermination(CLOSE_TIMEOUT_S, TimeUnit.SECONDS)) {
                throw new StatusException("the Prometheus endpoint is still answering after " + CLOSE_TIMEOUT_S + " s");
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }
}
